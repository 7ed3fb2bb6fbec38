import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApplicationModel } from '../../demo/application/application-model.ts';
import type { Item } from '../../demo/item.ts';
import { applyChange, type ItemChange, namesIn, updateExpression } from '../../demo/item-change.ts';
import { keyText } from '../../demo/key-of.ts';
import { type Verification, verifyTable } from '../../demo/verify-table.ts';
import { readAll, splitName, testClient, transformSafely, user, usersTable } from './users.ts';

let client: DynamoDBClient;
beforeAll(() => {
  client = testClient();
});
afterAll(() => client.destroy());

/** Three users, transformed; the application has visited user-0 and deleted user-1. */
describe('verifying a table against the model', () => {
  let users: Awaited<ReturnType<typeof usersTable>>;
  let model: ApplicationModel;
  let beforeTheWrites: Item[];

  beforeEach(async () => {
    users = await usersTable(client, 3);
    await transformSafely(client, users.table);
    beforeTheWrites = (await readAll(client, users.table)).sort((a, b) => (a['id']?.S ?? '').localeCompare(b['id']?.S ?? ''));
    model = new ApplicationModel();
    for (const item of users.items) model.found(keyText(item, ['id']), item);
    await write(0, { add: { visits: 1 } });
    await client.send(new DeleteItemCommand({ TableName: users.table, Key: { id: { S: 'user-1' } } }));
    model.deletedItem(keyText(user(1), ['id']));
    return async () => {
      await users.drop();
    };
  });

  const write = async (id: number, change: ItemChange) => {
    const key = keyText(user(id), ['id']);
    const item = applyChange(model.items.get(key)?.item ?? {}, change);
    await client.send(new PutItemCommand({ TableName: users.table, Item: { ...item, ...splitName.of(item) } }));
    model.wrote(key, item, namesIn(change));
  };

  const put = (item: Item) => client.send(new PutItemCommand({ TableName: users.table, Item: item }));

  const update = (id: number, change: ItemChange) =>
    client.send(new UpdateItemCommand({ TableName: users.table, Key: { id: { S: `user-${id}` } }, ...updateExpression(change, 'id') }));

  const verify = () =>
    verifyTable(client, { table: users.table, keyAttributes: ['id'], model, declared: splitName.adds, newShape: splitName.of });

  const faultsIn = ({ ok, items, itemsWithNewShape, uncertain, ...findings }: Verification) => {
    const counts = Object.entries(findings).filter(([, { count }]) => count > 0);
    expect(ok).toBe(counts.length === 0);
    return Object.fromEntries(counts.map(([fault, { count, examples }]) => [fault, [count, ...examples]]));
  };

  it('finds nothing when nothing is wrong', async () => {
    expect(await verify()).toMatchObject({ ok: true, items: 2, itemsWithNewShape: 2, uncertain: 0 });
  });

  it('finds the update lost when the item is put back as it was before', async () => {
    await put(beforeTheWrites[0] ?? {});

    expect(faultsIn(await verify())).toEqual({ lostUpdates: [1, '{"id":{"S":"user-0"}} visits'] });
  });

  it('finds an attribute lost that the application removed', async () => {
    await write(2, { remove: ['active'] });
    await put(beforeTheWrites[2] ?? {});

    expect(faultsIn(await verify())).toEqual({ lostUpdates: [1, '{"id":{"S":"user-2"}} active'] });
  });

  it('finds the item resurrected when it is put back after its delete', async () => {
    await put(beforeTheWrites[1] ?? {});

    expect(faultsIn(await verify())).toEqual({ resurrectedItems: [1, '{"id":{"S":"user-1"}}'] });
  });

  it('finds a resurrected item also when only its new attributes came back', async () => {
    await put({ id: { S: 'user-1' }, ...splitName.of(user(1)) });

    expect(faultsIn(await verify())).toEqual({ resurrectedItems: [1, '{"id":{"S":"user-1"}}'] });
  });

  it('finds an item that somebody else deleted', async () => {
    await client.send(new DeleteItemCommand({ TableName: users.table, Key: { id: { S: 'user-2' } } }));

    expect(faultsIn(await verify())).toEqual({ missingItems: [1, '{"id":{"S":"user-2"}}'] });
  });

  it('finds an item without its new attributes', async () => {
    await update(2, { remove: ['lastName'] });

    const verification = await verify();
    expect(faultsIn(verification)).toEqual({ itemsWithoutNewShape: [1, '{"id":{"S":"user-2"}} lastName'] });
    expect(verification.itemsWithNewShape).toBe(1);
  });

  it('finds a new attribute with a value of another time', async () => {
    await update(2, { set: { firstName: { S: 'Ada' } } });

    expect(faultsIn(await verify())).toEqual({ wrongValues: [1, '{"id":{"S":"user-2"}} firstName'] });
  });

  it('finds new attributes left behind after a roll-back', async () => {
    await update(2, { remove: ['firstName', 'lastName'] });

    const { itemsWithNewShape, ...verification } = await verifyTable(client, {
      table: users.table,
      keyAttributes: ['id'],
      model,
      declared: splitName.adds,
      newShape: () => ({}),
    });

    expect(itemsWithNewShape).toBe(0);
    expect(verification.wrongValues).toEqual({ count: 1, examples: ['{"id":{"S":"user-0"}} firstName, lastName'] });
  });

  it.each<[string, AttributeValue]>([
    ['balance', { N: String(Number(user(2)['balance']?.N)) }],
    ['balance', { S: user(2)['balance']?.N ?? '' }],
    ['empty', { NULL: true }],
    ['nothing', { S: '' }],
    ['active', { BOOL: false }],
    ['avatar', { B: Uint8Array.of(0, 255) }],
    ['roles', { L: [{ S: 'reader' }, { S: 'writer' }] }],
    ['roles', { SS: ['reader'] }],
    ['scores', { NS: ['1', '2.50001'] }],
    ['keys', { BS: [Uint8Array.of(1), Uint8Array.of(3)] }],
    ['address', { M: { city: { S: 'Arlington' }, lines: { L: [{ N: '7' }, { S: 'a' }, { L: [] }] } } }],
    ['address', { M: { lines: { L: [{ S: 'a' }, { N: '7' }, { L: [] }] } } }],
    ['added', { S: '' }],
  ])('finds a change of %s, which nobody declared', async (name, value) => {
    await update(2, { set: { [name]: value } });

    expect(faultsIn(await verify())).toEqual({ undeclaredChanges: [1, `{"id":{"S":"user-2"}} ${name}`] });
  });

  it('finds an attribute gone that nobody declared', async () => {
    await update(2, { remove: ['empty'] });

    expect(faultsIn(await verify())).toEqual({ undeclaredChanges: [1, '{"id":{"S":"user-2"}} empty'] });
  });

  it('finds an item that the application never wrote', async () => {
    await put(user(9));

    expect(faultsIn(await verify())).toEqual({ undeclaredChanges: [1, '{"id":{"S":"user-9"}}'] });
  });

  it('does not mind the order in sets', async () => {
    await update(2, { set: { roles: { SS: ['writer', 'reader'] } } });

    expect((await verify()).ok).toBe(true);
  });

  it('says nothing about a key whose last write has an unknown outcome', async () => {
    model.lostTrackOf(keyText(user(2), ['id']));
    await put(user(2));

    expect(await verify()).toMatchObject({ ok: true, uncertain: 1 });
  });

  it('counts an item once for each kind of fault, and keeps five examples', async () => {
    for (let id = 10; id < 20; id += 1) await put(user(id));

    const { undeclaredChanges } = await verify();

    expect(undeclaredChanges.count).toBe(10);
    expect(undeclaredChanges.examples).toHaveLength(5);
  });
});
