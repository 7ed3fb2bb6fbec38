import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Secrets Manager and the Parameter Store on one port, as far as values are read. */
export interface SecretServices {
  url: string;
  /** By id of the secret, or name of the parameter: the value, or the name of the error that is answered. */
  values: Record<string, { text: string } | { error: string; status?: number }>;
  /** Targets of the requests, with what they ask for. */
  requests: { target: string; asked: string; signedFor: string }[];
  close(): void;
}

export async function startSecretServices(): Promise<SecretServices> {
  const services: SecretServices = { url: '', values: {}, requests: [], close: () => server.close().closeAllConnections() };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const target = String(request.headers['x-amz-target']);
    const { SecretId, Name } = JSON.parse(body);
    const asked = SecretId ?? Name;
    const [, signedFor = ''] = /\/([\w-]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
    services.requests.push({ target, asked, signedFor });
    const value = services.values[asked] ?? { error: SecretId ? 'ResourceNotFoundException' : 'ParameterNotFound' };
    const [status, answer] =
      'error' in value
        ? [value.status ?? 400, { __type: value.error, Message: `not for logs: ${asked}` }]
        : [200, SecretId ? { SecretString: value.text } : { Parameter: { Value: value.text } }];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  services.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return services;
}
