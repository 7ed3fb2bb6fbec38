import { createHmac, createSecretKey, hash } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Image } from '../core/values/attribute-value.ts';
import type { TableShape } from '../core/values/table-shape.ts';
import type { Contender } from './contender.ts';
import type { ItemShape } from './item-shapes.ts';

/**
 * The min cost of the work in JavaScript: a loop for one table and one transformation, without errors. It makes the worker's
 * conditional writes and signs its requests, but has none of the worker's features: other kinds of change, faults, races, pacing, checkpoints,
 * leases, failed items, binary values, credentials that expire.
 */
export const handWritten: Contender = (table, shape) => transformByHand(table, shape, send);

/** @param send a request to DynamoDB, answered with the text of its answer */
export async function transformByHand(table: TableShape, shape: ItemShape, send: Send): Promise<number> {
  const keys = table.keys.map(({ name }) => name);
  const texts = new Map<string, string>();
  let items = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const read = (position: Image | undefined) => send('Scan', JSON.stringify({ TableName: table.name, ExclusiveStartKey: position }));
  for (let next: Promise<string> | undefined = read(undefined); next; ) {
    const page: { Items: Image[]; LastEvaluatedKey?: Image } = JSON.parse(await next);
    next = page.LastEvaluatedKey && read(page.LastEvaluatedKey);
    items += page.Items.length;
    const statements = page.Items.map((image) => statementOf(texts, table.name, keys, image, shape));
    await writing;
    writing = writeAll(statements, send);
  }
  await writing;
  return items;
}

export type Send = (operation: 'Scan' | 'BatchExecuteStatement', body: string) => Promise<string>;

const inFlight = 24;
const batchSize = 25;

async function writeAll(statements: string[], send: Send): Promise<void> {
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < statements.length) {
      const batch = statements.slice(next, next + batchSize);
      next += batchSize;
      const answer = await send('BatchExecuteStatement', `{"Statements":[${batch.join(',')}],"ReturnConsumedCapacity":"TOTAL"}`);
      const { Responses }: { Responses: { Error?: object }[] } = JSON.parse(answer);
      if (Responses.some(({ Error: error }) => error)) throw new Error('The table changed meanwhile.');
    }
  };
  await Promise.all(Array.from({ length: inFlight }, writer));
}

function statementOf(texts: Map<string, string>, tableName: string, keys: readonly string[], image: Image, shape: ItemShape): string {
  const added = shape.added(image);
  const names = Object.keys(image).join();
  let text = texts.get(names);
  if (!text) {
    const sets = Object.keys(added).map((name) => `SET "${name}"=?`);
    const equals = [...keys, ...Object.keys(image).filter((name) => !keys.includes(name))].map((name) => `"${name}"=?`);
    const missing = shape.adds.map((name) => `"${name}" IS MISSING`);
    text = JSON.stringify(`UPDATE "${tableName}" ${sets.join(' ')} WHERE ${[...equals, ...missing].join(' AND ')}`);
    texts.set(names, text);
  }
  const parameters = [...Object.values(added), ...keys.map((key) => image[key])];
  for (const name in image) if (!keys.includes(name)) parameters.push(image[name]);
  return `{"Statement":${text},"Parameters":${JSON.stringify(parameters)},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`;
}

const { AWS_ENDPOINT_URL_DYNAMODB = '', AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
const scope = `${today}/${AWS_REGION}/dynamodb/aws4_request`;
const secret = Buffer.from(`AWS4${AWS_SECRET_ACCESS_KEY}`);
const signingKey = createSecretKey([today, AWS_REGION, 'dynamodb', 'aws4_request'].reduce(hmac, secret));

function send(operation: string, body: string): Promise<string> {
  const { hostname, port } = new URL(AWS_ENDPOINT_URL_DYNAMODB);
  const host = `${hostname}:${port}`;
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const target = `DynamoDB_20120810.${operation}`;
  const signed = 'content-type;host;x-amz-date;x-amz-target';
  const contentType = 'application/x-amz-json-1.0';
  const canonical = `POST\n/\n\ncontent-type:${contentType}\nhost:${host}\nx-amz-date:${date}\nx-amz-target:${target}\n\n${signed}\n${hash('sha256', body)}`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical)}`;
  const signature = createHmac('sha256', signingKey).update(toSign).digest('hex');
  const headers = {
    host,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amz-date': date,
    'x-amz-target': target,
    authorization: `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method: 'POST', path: '/', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${operation} was answered ${answer.statusCode}.`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
