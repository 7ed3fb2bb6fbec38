import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { detailTypes, RunEventDetail } from '../../../core/run/events/run-event.ts';
import { packageRoot } from '../../../infra/package-root.ts';

const page = readFileSync(join(packageRoot, 'docs/events.md'), 'utf8');

it('explains in docs/events.md each event with its own fields', () => {
  const common = RunEventDetail.options
    .map(({ shape }) => Object.keys(shape))
    .reduce((all, fields) => all.filter((field) => fields.includes(field)));
  const rows = RunEventDetail.options.map(({ shape }) => {
    const own = Object.keys(shape).filter((field) => !common.includes(field));
    const { kind } = shape;
    return {
      start: `| \`${detailTypes[kind.value]}\` | \`${kind.value}\` | `,
      end: ` | ${own.map((field) => `\`${field}\``).join(', ')} |`,
    };
  });
  const lines = page.split('\n');
  expect(rows).toHaveLength(Object.keys(detailTypes).length);
  expect(rows.filter(({ start, end }) => !lines.some((line) => line.startsWith(start) && line.endsWith(end)))).toEqual([]);

  const fields = new Set(RunEventDetail.options.flatMap(({ shape }) => Object.keys(shape)));
  const explained = lines.flatMap((line) => /^\| (`.*?) \|/.exec(line)?.[1]?.match(/\w+/g) ?? []);
  expect([...fields].filter((field) => !explained.includes(field))).toEqual([]);
});

it('shows in docs/events.md a detail that is valid', () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(RunEventDetail.parse(JSON.parse(json))).toMatchObject({ kind: 'runPaused' });
});
