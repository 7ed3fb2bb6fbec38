import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { namingService } from '../../../aws/naming-service.ts';
import { RunError } from '../../../core/errors.ts';
import { asAwsUnavailable } from '../../../functions/wiring/clients/as-aws-unavailable.ts';

/** What the server answers; undefined breaks the connection. */
let answer: { status: number; type: string } | undefined;
let server: Server;
let client: DynamoDBClient;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (!answer) return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ __type: answer.type }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = namingService(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }), 'DynamoDB');
});
beforeEach(() => {
  answer = undefined;
});
afterAll(() => {
  client.destroy();
  server.close();
});

async function thrown(): Promise<unknown> {
  return client.send(new GetItemCommand({ TableName: 'any', Key: {} })).then(
    () => undefined,
    (error) => asAwsUnavailable(error),
  );
}

it.each([
  ['a fault', { status: 500, type: 'com.amazonaws.dynamodb.v20120810#InternalServerError' }],
  ['no service', { status: 503, type: 'ServiceUnavailable' }],
  ['throttling', { status: 400, type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' }],
  ['a broken connection', undefined],
])('names the service when it answers with %s', async (_, answered) => {
  answer = answered;
  expect(await thrown()).toMatchObject({ name: 'AwsUnavailable', fields: { service: 'DynamoDB' } });
});

it.each([
  ['AccessDeniedException', 400],
  ['ResourceNotFoundException', 400],
  ['ValidationException', 400],
])('leaves %s as it is, so that the run stops early', async (type, status) => {
  answer = { status, type: `com.amazonaws.dynamodb.v20120810#${type}` };
  expect(await thrown()).toMatchObject({ name: type });
});

it('leaves errors of ours and of the code as they are', () => {
  for (const error of [
    new RunError('Stopped', ''),
    new TypeError('x is not a function'),
    Object.assign(new Error(), { code: 'ECONNRESET' }),
  ])
    expect(asAwsUnavailable(error)).toBe(error);
});
