import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Condition, equalsOf } from '../../../../core/change/condition.ts';
import { PartiqlEncoder } from '../../../../core/change/encode-partiql.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { awkwardNames } from '../../../support/arbitrary-image.ts';
import { encodePartiql } from '../../../support/encode-partiql.ts';

const id = { id: { S: 'u1' } };
const noCondition: Condition = { equals: { names: [], values: [] }, missing: [] };

function update(set: Image, remove: string[] = []) {
  return { kind: 'update' as const, set, remove };
}

describe('a change as PartiQL', () => {
  it('is an UPDATE with one SET or REMOVE for each name, under the key and the whole condition', () => {
    const condition: Condition = {
      equals: equalsOf({ name: { S: 'Grace' }, n: { N: '1' } }),
      missing: ['first', 'last'],
    };

    const statement = encodePartiql(
      'Users',
      { ...id, at: { N: '7' } },
      update({ first: { S: 'G' }, last: { NULL: true } }, ['old', 'older']),
      condition,
    );

    expect(statement).toEqual({
      text:
        'UPDATE "Users" SET "first"=? SET "last"=? REMOVE "old" REMOVE "older"' +
        ' WHERE "id"=? AND "at"=? AND "name"=? AND "n"=? AND "first" IS MISSING AND "last" IS MISSING',
      parameters: [{ S: 'G' }, { NULL: true }, { S: 'u1' }, { N: '7' }, { S: 'Grace' }, { N: '1' }],
    });
  });

  it('is a DELETE that returns what it deleted', () => {
    expect(encodePartiql('Users', id, { kind: 'delete' }, { equals: equalsOf({ n: { N: '1' } }), missing: ['m'] })).toEqual({
      text: 'DELETE FROM "Users" WHERE "id"=? AND "n"=? AND "m" IS MISSING RETURNING ALL OLD *',
      parameters: [{ S: 'u1' }, { N: '1' }],
    });
  });

  it('never holds a value in its text', () => {
    const statement = encodePartiql('Users', id, update({ a: { S: "'; --" } }), { equals: equalsOf({ b: { S: '"' } }), missing: [] });

    expect(statement?.text).toBe('UPDATE "Users" SET "a"=? WHERE "id"=? AND "b"=?');
  });

  it('quotes every name, with quotes in it doubled', () => {
    const statement = encodePartiql('my-table.v1', id, update({ 'a"b': { NULL: true } }, ['"']), {
      equals: { names: [], values: [] },
      missing: ['""'],
    });

    expect(statement?.text).toBe('UPDATE "my-table.v1" SET "a""b"=? REMOVE """" WHERE "id"=? AND """""" IS MISSING');
  });

  it('has one parameter for each mark outside of names, in their order', () => {
    const names = fc.uniqueArray(fc.constantFrom('\\"', ...awkwardNames.filter((name) => !/^[#:]/.test(name))), { maxLength: 12 });
    fc.assert(
      fc.property(names, fc.nat(12), fc.nat(12), (all, n, m) => {
        const numbered = (part: string[], from: number) => part.map((name, index) => [name, { N: String(from + index) }] as const);
        const [set, rest] = [all.slice(0, n), all.slice(n)];
        const [equals, missing] = [rest.slice(0, m), rest.slice(m)];

        const statement = encodePartiql('Users', id, update(Object.fromEntries(numbered(set, 0))), {
          equals: { names: equals, values: numbered(equals, 100).map(([, value]) => value) },
          missing,
        });

        const marked = [...(statement?.text ?? '').matchAll(/"((?:[^"]|"")*)"=\?/g)].map((match) => match[1]?.replaceAll('""', '"'));
        expect(marked).toEqual([...Object.keys(Object.fromEntries(numbered(set, 0))), 'id', ...equals]);
        expect(statement?.parameters).toHaveLength(marked.length);
        const byName = Object.fromEntries(marked.map((name, index) => [name, statement?.parameters[index]]));
        for (const [name, value] of [...numbered(set, 0), ...numbered(equals, 100)]) expect(byName[name]).toEqual(value);
      }),
    );
  });

  it.each([
    ['an attribute that is set', '#a', update({ '#a': { NULL: true } }), noCondition],
    ['an attribute that is removed', ':a', update({}, [':a']), noCondition],
    ['an attribute of the condition', '#', update({}, ['a']), { equals: equalsOf({ '#': { NULL: true } }), missing: [] }],
    ['a name that stays away', ':', update({}, ['a']), { equals: { names: [], values: [] }, missing: [':'] }],
  ])('is impossible with a name that begins with # or :, be it %s', (_, _name, item, condition) => {
    expect(encodePartiql('Users', id, item, condition)).toBeUndefined();
  });

  it('is impossible where the key begins with # or :', () => {
    expect(encodePartiql('Users', { '#id': { S: 'x' } }, { kind: 'delete' }, noCondition)).toBeUndefined();
  });

  it('may hold # and : anywhere else in a name', () => {
    expect(encodePartiql('Users', id, update({ 'a#:': { NULL: true } }), noCondition)?.text).toContain('"a#:"=?');
  });

  it('is impossible from 8,193 characters on', () => {
    const withName = (length: number) => encodePartiql('Users', id, update({ ['x'.repeat(length)]: { NULL: true } }), noCondition);
    const around = withName(1)?.text.length ?? 0;

    expect(withName(8192 - around + 1)?.text).toHaveLength(8192);
    expect(withName(8192 - around + 2)).toBeUndefined();
  });
});

describe('an encoder of many items', () => {
  it('says of each the same as if it were the only one, however their forms alternate', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'a"', '#a', ...awkwardNames);
    const image = fc.dictionary(name, fc.constantFrom({ S: 'x' }, { N: '1' }), { maxKeys: 3, noNullPrototype: true });
    const item = fc.record({
      key: fc.constantFrom<Image>(id, { ...id, at: { N: '7' } }),
      change: fc.oneof(
        fc.record({ kind: fc.constant('update' as const), set: image, remove: fc.uniqueArray(name, { maxLength: 2 }) }),
        fc.constant({ kind: 'delete' as const }),
      ),
      condition: fc.record({ equals: image.map((compared) => equalsOf(compared)), missing: fc.uniqueArray(name, { maxLength: 2 }) }),
    });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 100 }), (items) => {
        const encoder = new PartiqlEncoder('Users', (text) => text);
        for (const { key, change, condition } of [...items, ...items])
          expect(encoder.encode(key, change, condition)).toEqual(encodePartiql('Users', key, change, condition));
      }),
    );
  });

  it('makes the text of one form once', () => {
    let made = 0;
    const encoder = new PartiqlEncoder('Users', (text) => `${text} ${++made}`);
    const encoded = [1, 2, 3].map((n) => encoder.encode({ id: { S: `u${n}` } }, update({ a: { N: String(n) } }), noCondition));

    expect(encoded.map((statement) => statement?.text)).toEqual(Array(3).fill('UPDATE "Users" SET "a"=? WHERE "id"=? 1'));
    expect(encoded.map((statement) => statement?.parameters)).toEqual([1, 2, 3].map((n) => [{ N: String(n) }, { S: `u${n}` }]));
  });
});
