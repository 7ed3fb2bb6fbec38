import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSecret } from '../../../aws/services/read-secret.ts';
import { asAwsUnavailable } from '../../../functions/wiring/clients/as-aws-unavailable.ts';
import { type SecretServices, startSecretServices } from '../../support/secret-services.ts';

let services: SecretServices;
beforeAll(async () => {
  services = await startSecretServices();
});
beforeEach(() => {
  services.values = {};
  services.requests = [];
});
afterAll(() => services.close());

function callerOf() {
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'key' };
  return { region: 'eu-west-1', credentials, endpoint: services.url, userAgent: 'dynamodt app/prepare', sleep: async () => {} };
}

describe('the value of a secret', () => {
  it('is the text in Secrets Manager', async () => {
    services.values['shop/key'] = { text: 'abc' };
    expect(await readSecret({ secret: 'shop/key' }, callerOf)).toBe('abc');
    expect(services.requests).toEqual([{ target: 'secretsmanager.GetSecretValue', asked: 'shop/key', signedFor: 'secretsmanager' }]);
  });

  it.each([
    ['password', 'abc'],
    ['port', '5432'],
  ])('is a field of its JSON: %s', async (field, expected) => {
    services.values['shop/db'] = { text: '{"password":"abc","port":5432}' };
    expect(await readSecret({ secret: 'shop/db', field }, callerOf)).toBe(expected);
  });

  it('is a parameter of Systems Manager', async () => {
    services.values['/shop/key'] = { text: 'abc' };
    expect(await readSecret({ parameter: '/shop/key' }, callerOf)).toBe('abc');
    expect(services.requests).toEqual([{ target: 'AmazonSSM.GetParameter', asked: '/shop/key', signedFor: 'ssm' }]);
  });
});

describe('there is no value, and the message has nothing of it', () => {
  it.each([
    [{ secret: 'gone' }, 'Secrets Manager answers ResourceNotFoundException'],
    [{ parameter: '/gone' }, 'Systems Manager answers ParameterNotFound'],
    [{ secret: 'denied' }, 'Secrets Manager answers AccessDeniedException'],
    [{ secret: 'text', field: 'password' }, 'it is not a JSON object of texts and numbers'],
    [{ secret: 'json', field: 'password' }, 'its JSON has no field "password"'],
    [{ secret: 'json', field: 'toString' }, 'its JSON has no field "toString"'],
  ])('%j', async (source, message) => {
    services.values['denied'] = { error: 'AccessDeniedException' };
    services.values['text'] = { text: 'top-secret' };
    services.values['json'] = { text: '{"user":"top-secret"}' };
    await expect(readSecret(source, callerOf)).rejects.toMatchObject({ name: 'NoSecretValue', message });
  });
});

it.each([
  ['InternalServiceError', 500],
  ['ThrottlingException', 400],
])('waits for the service if it answers %s', async (error, status) => {
  services.values['shop/key'] = { error, status };
  const failure = await readSecret({ secret: 'shop/key' }, callerOf).catch((caught: unknown) => caught);
  expect(asAwsUnavailable(failure)).toMatchObject({ name: 'AwsUnavailable', fields: { service: 'Secrets Manager' } });
});
