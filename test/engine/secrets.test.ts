import { createHash } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SecretServices, startSecretServices } from '../support/secret-services.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Variables whose values are secrets, in the functions as they are deployed. */

const table = uniqueName('Secrets');
/** Reads the variables when it is loaded. It writes a digest, as nobody may write a secret into a table. */
const file = `import { createHash } from 'node:crypto';
const digest = (text) => createHash('sha256').update(text).digest('hex');
const [key, token] = [digest(process.env.API_KEY), digest(process.env.TOKEN)];
export const sequence = 1;
export const adds = ['key', 'prepared'];
export const prepare = async () => ({ token });
export const transformUp = (item, { preparation }) => ({ ...item, key, prepared: preparation.token });`;

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

let services: SecretServices;
let service: Service;
const lines: string[] = [];

beforeAll(async () => {
  services = await startSecretServices();
  service = await startService(
    { [`${table}/v1.ts`]: file },
    {
      log: (line) => lines.push(line),
      environment: {
        DYNAMODT_SECRETS: JSON.stringify({ API_KEY: { secret: 'shop/keys', field: 'api' }, TOKEN: { parameter: '/shop/token' } }),
        AWS_ENDPOINT_URL_SSM: services.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: services.url,
      },
    },
  );
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, [{ id: { S: 'a' } }]);
});
afterAll(async () => {
  await service?.close();
  services?.close();
});

it('refuses a start while a secret has no value, and names the variable and the secret', async () => {
  services.values['/shop/token'] = { text: 'token-value' };
  services.values['shop/keys'] = { error: 'AccessDeniedException' };

  const execution = await service.run({ table });

  expect(execution).toMatchObject({ status: 'FAILED', error: 'SecretUnavailable' });
  expect(execution.errorMessage).toContain(
    'API_KEY has no value, because the secret shop/keys cannot be used: Secrets Manager answers AccessDeniedException',
  );
  expect(await service.ledger.versions(table)).toEqual([]);
});

it('gives files the values before they are loaded, in each function that calls them, once for a container', async () => {
  services.values['shop/keys'] = { text: '{"api":"api-value"}' };
  services.requests = [];

  expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });

  const [item] = (await readAll(service.dynamodb, table)).values();
  expect(item).toEqual({ id: { S: 'a' }, key: { S: digest('api-value') }, prepared: { S: digest('token-value') } });
  // start-run, prepare, settle-pass and transform-segment: two workers at most.
  expect(services.requests.length).toBeLessThanOrEqual(2 * 5);
});

it('writes no value into logs or the ledger', async () => {
  const records = await service.dynamodb.send(new ScanCommand({ TableName: `${service.name}-ledger` }));
  expect(records.Count).toBeGreaterThan(3);
  for (const written of [lines.join('\n'), JSON.stringify(records.Items)]) {
    expect(written.length).toBeGreaterThan(100);
    expect(written).not.toMatch(/(api|token)-value/);
  }
});
