import { describe, expect, it } from 'vitest';
import { isAbout, readKey } from '../../../../cli/changes/asked-key.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import type { KeyType, TableShape } from '../../../../core/values/table-shape.ts';

function shapeWith(keys: Record<string, KeyType>, others?: Record<string, TableShape>): TableShape {
  return { name: 'prod', keys: Object.entries(keys).map(([name, type]) => ({ name, type })), indexKeys: {}, indexes: [], others };
}

function finds(json: string, shape: TableShape, key: Image, table = 'Users'): boolean {
  return isAbout(readKey(json), 'Users', shape)({ table, key });
}

describe('a key that is asked for', () => {
  it.each<[string, Record<string, KeyType>, Image]>([
    ['{"id":"u1"}', { id: 'S' }, { id: { S: 'u1' } }],
    ['{"id":{"S":"u1"}}', { id: 'S' }, { id: { S: 'u1' } }],
    ['{"n":12345678901234567890123456789012345678}', { n: 'N' }, { n: { N: '12345678901234567890123456789012345678' } }],
    ['{"n":"7"}', { n: 'N' }, { n: { N: '7' } }],
    ['{"n":{"N":"7.0"}}', { n: 'N' }, { n: { N: '7' } }],
    ['{"b":"AAH/"}', { b: 'B' }, { b: { B: new Uint8Array([0, 1, 255]) } }],
    ['{"b":"AAE"}', { b: 'B' }, { b: { B: new Uint8Array([0, 1]) } }],
    ['{"b":"_-8="}', { b: 'B' }, { b: { B: new Uint8Array([255, 239]) } }],
    ['{"n":1e3}', { n: 'N' }, { n: { N: '1000' } }],
    ['{"n":-0}', { n: 'N' }, { n: { N: '0' } }],
    ['{"n":"01"}', { n: 'N' }, { n: { N: '1' } }],
    ['{"sort":2,"id":"u1"}', { id: 'S', sort: 'N' }, { id: { S: 'u1' }, sort: { N: '2' } }],
  ])('%s finds the item of a table with the key %j', (json, keys, key) => {
    expect(finds(json, shapeWith(keys), key)).toBe(true);
    expect(finds(json, shapeWith(keys), { ...key, [Object.keys(keys)[0] ?? '']: { S: 'other' } })).toBe(false);
  });

  it('finds the item in another table with such a key, and in no other', () => {
    const shape = shapeWith({ id: 'S' }, { Orders: shapeWith({ id: 'S' }), Logs: shapeWith({ day: 'S' }) });

    expect(finds('{"id":"u1"}', shape, { id: { S: 'u1' } }, 'Orders')).toBe(true);
    expect(finds('{"day":"u1"}', shape, { day: { S: 'u1' } }, 'Logs')).toBe(true);
    expect(finds('{"day":"u1"}', shape, { id: { S: 'u1' } })).toBe(false);
  });

  it.each(["{id:'u1'}", '"u1"', '["u1"]', 'null', '{"id":true}', '{"id":{"S":"a","N":"1"}}', '{"id":{"L":[]}}'])(
    'is refused before any request if it is %s',
    (json) => {
      expect(() => readKey(json)).toThrow(expect.objectContaining({ name: 'InvalidInput', message: expect.stringContaining('--key') }));
    },
  );

  it.each(['{"name":"u1"}', '{"id":"u1","more":"x"}', '{"id":1}', '{}'])('is refused with the key of the table if it is %s', (json) => {
    expect(() => isAbout(readKey(json), 'Users', shapeWith({ id: 'S' }))).toThrow(
      '--key is not the key of an item of Users: that has id (a string). Give each of them, and nothing else.',
    );
  });

  it.each(['{"b":"u1!"}', '{"b":"Ada L"}', '{"b":"A"}', '{"b":"AAF="}', '{"b":"AA==="}', '{"b":""}', '{"b":{"B":"*"}}'])(
    'is refused for a binary key if it is no base64: %s',
    (json) => {
      expect(() => isAbout(readKey(json), 'Users', shapeWith({ b: 'B' }))).toThrow(
        '--key is not the key of an item of Users: that has b (binary, in base64 such as "AQL/").',
      );
    },
  );
});
