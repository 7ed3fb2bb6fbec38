import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { callerArn } from '../../../aws/operator/caller-identity.ts';
import { serveSts } from '../../../local/security/local-sts.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function asked(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return callerArn({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: `http://127.0.0.1:${port}`,
  });
}

it('gives the ARN that STS answers', async () => {
  expect(await asked((request, response) => void serveSts(request, response))).toBe('arn:aws:iam::000000000000:user/local');
});

it('names the error of STS if the credentials have expired', async () => {
  const refused = asked((_, response) =>
    response.writeHead(403).end('<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code></Error></ErrorResponse>'),
  );
  await expect(refused).rejects.toMatchObject({ name: 'ExpiredToken' });
});
