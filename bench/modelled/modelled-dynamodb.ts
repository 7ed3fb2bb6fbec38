import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { itemShape } from '../item-shapes.ts';
import { ModelledTable, Refused } from './modelled-table.ts';

/**
 * A model of DynamoDB in a separate process, with the latencies of the real one and no throughput limit, so that the worker is the
 * bottleneck. It has a table to measure and a small one to warm up, both in memory, applies every write and checks every condition.
 *
 *     node bench/modelled/modelled-dynamodb.ts --shape small --items 100000
 *
 * Any other table that is asked for has an item under every key: one to look up.
 *
 * A request without an operation is a PutObject of S3, and answered after 30 ms.
 *
 * Latencies in milliseconds: Scan 4 + 36 per MB, a batch of n writes 6 + 0.25 n, a single read or write 5.
 */
const latencyOf = {
  Scan: ({ bytes }: { bytes: number }) => 4 + (36 * bytes) / 1e6,
  batch: ({ writes }: { writes: number }) => 6 + 0.25 * writes,
  single: () => 5,
  putObject: () => 30,
};

const { values } = parseArgs({ options: { shape: { type: 'string', default: 'small' }, items: { type: 'string', default: '1000' } } });
const shape = itemShape(values.shape);
const measured = new ModelledTable('Measured', shape, Number(values.items));
const warmUp = new ModelledTable('WarmUp', shape, 5000);
const requests: Record<string, number> = {};
let cpuAtStart: NodeJS.CpuUsage | undefined;

interface Served {
  text: string;
  latency: number;
}

function serve(operation: string, body: string): Served {
  if (operation === 'PutObject') {
    requests[operation] = (requests[operation] ?? 0) + 1;
    return { text: '', latency: latencyOf.putObject() };
  }
  const table = body.includes('WarmUp') ? warmUp : measured;
  if (table === measured) {
    requests[operation] = (requests[operation] ?? 0) + 1;
    cpuAtStart ??= process.cpuUsage();
  }
  const input = JSON.parse(body);
  switch (operation) {
    case 'Scan': {
      const { text, bytes } = table.scan(input);
      return { text, latency: latencyOf.Scan({ bytes }) };
    }
    case 'BatchExecuteStatement':
      return { text: table.executeStatements(input), latency: latencyOf.batch({ writes: input.Statements.length }) };
    case 'BatchWriteItem':
      return { text: table.putBatch(input), latency: latencyOf.batch({ writes: input.RequestItems[table.name].length }) };
    case 'UpdateItem':
      return { text: table.update(input), latency: latencyOf.single() };
    case 'GetItem':
      return { text: input.TableName === table.name ? table.get(input) : lookedUp([input.Key]), latency: latencyOf.single() };
    case 'BatchGetItem': {
      const [[name, { Keys }]] = Object.entries<{ Keys: object[] }>(input.RequestItems) as [[string, { Keys: object[] }]];
      const text = `{"Responses":{"${name}":[${Keys.map(groupText).join(',')}]},"UnprocessedKeys":{},"ConsumedCapacity":[{"TableName":"${name}","CapacityUnits":${Keys.length}}]}`;
      return { text, latency: latencyOf.batch({ writes: Keys.length }) };
    }
    default:
      throw new Refused('UnknownOperationException', operation);
  }
}

function groupText(key: object): string {
  return JSON.stringify({ ...key, separator: { S: ' ' }, title: { S: 'a group of people, with some text' }, size: { N: '17' } });
}

function lookedUp([key = {}]: object[]): string {
  return `{"Item":${groupText(key)}}`;
}

const server = createServer((incoming, outgoing) => {
  const receivedAt = performance.now();
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const operation = String(incoming.headers['x-amz-target'] ?? 'PutObject').replace(/^.*\./, '');
    let status = 200;
    let served: Served;
    try {
      served = serve(operation, Buffer.concat(chunks).toString());
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      status = 400;
      served = { text: error.body, latency: latencyOf.single() };
    }
    const answer = Buffer.from(served.text);
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'content-length': answer.length };
    const reply = () => outgoing.writeHead(status, headers).end(answer);
    setTimeout(reply, Math.max(0, receivedAt + served.latency - performance.now()));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));

/** Answers any message with the counters and the state of the table. */
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpuAtStart);
  process.send?.({ requests, cpuSeconds: (user + system) / 1e6, ...measured.census() });
});
process.on('disconnect', () => process.exit());
