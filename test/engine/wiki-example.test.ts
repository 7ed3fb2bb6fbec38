import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** The example that flags items by what another service says of each, with that service beside it. */

const table = uniqueName('Authors');
const authors: RawItem[] = Array.from({ length: 50 }, (_, n) => ({
  id: { S: `a${n}` },
  ...(n % 10 === 9 ? {} : { name: { S: `Ann Lee ${n}` } }),
}));
const asked: string[] = [];
const wiki = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  response.statusCode = Number(/\d+$/.exec(request.url ?? '')?.[0]) % 2 === 0 ? 200 : 404;
  response.end();
});
let service: Service;

beforeAll(async () => {
  await new Promise<void>((listening) => wiki.listen(0, '127.0.0.1', () => listening()));
  const file = await readFile(join(packageRoot, 'transformations/Authors/v1_flag_wiki_page.ts'), 'utf8');
  const WIKI_URL = `http://127.0.0.1:${(wiki.address() as AddressInfo).port}/wiki/`;
  service = await startService({ [`${table}/v1_flag_wiki_page.ts`]: file }, { environment: { WIKI_URL } });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, authors);
});
afterAll(async () => {
  await service?.close();
  wiki.close();
});

it('asks once for each author, and flags them up and down by the same answers', async () => {
  const before = await readAll(service.dynamodb, table);

  expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });
  const flagged = authors.map((author) =>
    author['name'] ? { ...author, hasWikiPage: { BOOL: Number(author['id']?.S?.slice(1)) % 2 === 0 } } : author,
  );
  expect([...(await readAll(service.dynamodb, table)).values()]).toEqual(expect.arrayContaining(flagged));
  expect(asked.sort()).toEqual(authors.flatMap(({ name }) => (name ? [`HEAD /wiki/${name.S?.replaceAll(' ', '_')}`] : [])).sort());

  expect(await service.run({ table, direction: 'down' })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readAll(service.dynamodb, table)).toEqual(before);
  expect(asked).toHaveLength(45);
});
