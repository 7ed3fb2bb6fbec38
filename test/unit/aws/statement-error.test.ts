import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { SignedWire } from '../../../aws/table/signed-wire.ts';
import { Table } from '../../../aws/table/table.ts';
import { usersShape } from '../../support/transformations.ts';

const id = { id: { S: 'u1' } };
const write = {
  key: id,
  change: { item: { kind: 'update' as const, set: { a: { S: '1' } }, remove: [] }, inserts: [] },
  condition: { equals: { names: [], values: [] }, missing: ['a'] },
  units: 1,
};

/** The table behind an endpoint, through a socket of the system. */
function at(endpoint: string): Table {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return new Table(new SignedWire(client), usersShape, undefined);
}

describe('what is no answer of DynamoDB', () => {
  const unreachable = {
    'a name that does not resolve': 'http://no-such-host.invalid:8000',
    'a port where nobody listens': 'http://127.0.0.1:1',
  };

  it.each(Object.entries(unreachable))('is tried again, and held against no item: %s', async (_, endpoint) => {
    const table = at(endpoint);

    expect(await table.writeBatch([write, { ...write, key: { id: { S: 'u2' } } }], () => true)).toMatchObject([
      { kind: 'throttled' },
      { kind: 'throttled' },
    ]);
    expect(await table.readPage({ segment: 0, totalSegments: 1, position: undefined, limit: 1 })).toEqual({ kind: 'throttled' });
    expect(await table.putBack(id, () => true)).toBe('throttled');
  });

  it('is tried again where something else than HTTP comes back', async () => {
    const server = createServer();
    server.on('connection', (socket) => socket.end('what?\r\n\r\n'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const table = at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(await table.writeBatch([write], () => true)).toMatchObject([{ kind: 'throttled', isUnknown: true }]);
    } finally {
      server.close();
    }
  });
});
