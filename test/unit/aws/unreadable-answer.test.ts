import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { withoutQuotes } from '../../../aws/unreadable-answer.ts';

const canary = 'canary-of-items';

/** A network that answers every request with the same text. */
function answering(statusCode: number, text: string) {
  const network = { requests: 0 };
  const requestHandler = {
    handle: async () => {
      network.requests++;
      return { response: { statusCode, headers: {}, body: Readable.from([Buffer.from(text)]) } };
    },
  };
  const settings = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, maxAttempts: 2, requestHandler };
  return { network, settings };
}

const scan = new ScanCommand({ TableName: 'Users' });

describe('an answer that an SDK client cannot read', () => {
  it.each([
    ['is cut off', 200, `{"Items":[{"id":{"S":"${canary}`],
    ['begins with item data', 200, `${canary}"}}]}`],
    ["is a proxy's page", 403, `<html>${canary}</html>`],
    ['is a cut-off error', 400, `{"__type":"ValidationException","message":"${canary}`],
  ])('leaves its text out of the error if it %s, and is asked for again', async (_, status, text) => {
    const { network, settings } = answering(status, text);
    const error: unknown = await withoutQuotes(new DynamoDBClient(settings))
      .send(scan)
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'UnreadableAnswer' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
    expect(network.requests).toBe(2);
  });

  it.each([
    [
      'STS',
      (settings: object) => withoutQuotes(new STSClient(settings)).send(new AssumeRoleCommand({ RoleArn: 'a', RoleSessionName: 'ab' })),
    ],
    [
      'Step Functions',
      (settings: object) => withoutQuotes(new SFNClient(settings)).send(new SendTaskSuccessCommand({ taskToken: 't', output: '{}' })),
    ],
  ])('of %s leaves its text out of the error', async (_, send) => {
    const error: unknown = await send(answering(200, `<${canary} x`).settings).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
  });

  it('keeps the errors that AWS itself answers', async () => {
    const { settings } = answering(400, '{"__type":"ResourceNotFoundException","message":"no such table"}');
    await expect(withoutQuotes(new DynamoDBClient(settings)).send(scan)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

it('every SDK client of the service and of the command leaves answers out of its errors', async () => {
  const made: string[] = [];
  for await (const file of glob('{aws,cli,functions}/**/*.ts')) {
    const text = readFileSync(file, 'utf8');
    for (const { 0: client, index } of text.matchAll(/new (?:[A-Z]\w*Client|KMS)\(/g)) {
      made.push(client);
      expect(text.slice(0, index), `${file}: ${client}`).toMatch(/withoutQuotes\(\s*$/);
    }
  }
  expect(made.length).toBeGreaterThanOrEqual(9);
});
