import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunEventDetail } from '../../core/run/events/run-event.ts';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';

/** What the functions write into their logs, where people and CloudWatch read it: promise P10 for logs, and the metrics. */

const secret = 'e1f0-a-value-of-an-item';
const table = uniqueName('Logged');

function file(fails: boolean): string {
  return `export const sequence = 1;
export const adds = ['copy'];
export const transformUp = (item, { log }) => {
  if (item.id === 'i7' && ${fails}) throw new Error('cannot read ' + item.text);
  return { ...item, copy: item.text };
};`;
}

const lines: string[] = [];
let service: Service;

beforeAll(async () => {
  service = await startService(
    { [`${table}/v1.ts`]: file(true) },
    { environment: { POWERTOOLS_METRICS_DISABLED: 'false' }, log: (line) => lines.push(line) },
  );
  await createTable(service.dynamodb, table);
  const items = Array.from({ length: 40 }, (_, n) => ({ id: { S: `i${n}` }, text: { S: secret } }));
  await putAll(service.dynamodb, table, items);
  expect((await service.run({ table, totalSegments: 2 })).error).toBe('ItemsFailed');
  await service.deploy({ [`${table}/v1.ts`]: file(false) });
  expect((await service.run({ table, totalSegments: 2 })).error).toBeUndefined();
});
afterAll(() => service?.close());

/** Lines of functions, without their name and process: all JSON. */
function written(): Record<string, unknown>[] {
  return lines.flatMap((line) => {
    const [, text] = /^[\w-]+ \d+: (\{.*\})$/.exec(line) ?? [];
    return text ? [JSON.parse(text)] : [];
  });
}

function events(message: string) {
  return written().filter((line) => line['message'] === message);
}

it('tells the story of a run in events with fields', () => {
  expect(events('runStarted')).toMatchObject([{ table, decision: 'transform', run: expect.any(String) }, { decision: 'transform' }]);
  expect(events('segmentLeft').length).toBeGreaterThanOrEqual(4);
  expect(events('segmentLeft')[0]).toMatchObject({ level: 'INFO', service: service.name, pass: 1, done: true, reason: 'done' });
  expect(events('runFailed')).toMatchObject([{ table, error: 'ItemsFailed' }]);
  expect(events('passSettled').at(-1)).toMatchObject({ table, decision: 'succeed' });
});

it('sends an event of each transition of a run', () => {
  const told = lines.flatMap((line) => {
    const [, type, detail] = /^event ([A-Z][\w ]+): (\{.*\})$/.exec(line) ?? [];
    return type ? [{ type, ...RunEventDetail.parse(JSON.parse(detail ?? '')) }] : [];
  });
  expect(told.map(({ type }) => type)).toEqual(['Run Started', 'Run Failed', 'Run Started', 'Version Applied', 'Run Succeeded']);
  expect(told.every((event) => event.service === service.name && event.table === table)).toBe(true);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  expect(told[1]).toMatchObject({ error: { name: 'ItemsFailed' }, counters: { failed: 1 } });
});

it('measures by table and sequence, and once more for alarms, which know neither', () => {
  const metrics = written().filter((line) => '_aws' in line);
  const sum = (name: string, dimensions: string[]): number =>
    metrics
      .filter((line) => JSON.stringify(line).includes(`"Dimensions":[${JSON.stringify(dimensions)}]`))
      .reduce((total, line) => total + Number(line[name] ?? 0), 0);
  const byVersion = ['service', 'table', 'sequence'];
  expect(sum('ItemsChanged', byVersion)).toBe(40);
  expect(sum('ItemsScanned', byVersion)).toBeGreaterThanOrEqual(80);
  expect(sum('WriteUnits', byVersion)).toBeGreaterThanOrEqual(40);
  expect(sum('ItemsFailed', byVersion)).toBe(1);
  expect(sum('ItemsFailed', ['service'])).toBe(1);
  expect([sum('RunsStarted', ['service', 'table']), sum('RunsFailed', ['service', 'table'])]).toEqual([2, 1]);
  expect(sum('RunsSucceeded', ['service', 'table'])).toBe(1);
  expect(metrics.find((line) => 'ItemsChanged' in line)).toMatchObject({ service: service.name, table, sequence: '1' });
});

it('never holds item data, though the function threw with some in its message', () => {
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter((line) => line.includes(secret) || /\bi7\b/.test(line))).toEqual([]);
});
