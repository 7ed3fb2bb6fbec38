import { expect, it } from 'vitest';
import type { DeployedService } from '../../../aws/operator/deployed-service.ts';
import { Output } from '../../../cli/terminal/output.ts';
import { stop } from '../../../cli/verbs/control.ts';
import type { Run } from '../../../core/ledger/run.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { aRun } from '../../support/run-records.ts';

async function stopped(run: Run | undefined, readRun = async () => run) {
  const service = {
    ledger: { lock: async () => ({ run: 'r-1' }), run: readRun },
    control: async () => ({ table: 'Users', run: 'r-1', action: 'stop' }),
  } as unknown as DeployedService;
  const [text, json, stderr] = [new MemoryStream(), new MemoryStream(), new MemoryStream()];
  for (const output of [new Output({ stdout: text, stderr, json: false }), new Output({ stdout: json, stderr, json: true })])
    expect(await stop.run({ table: 'Users', options: {}, service, output, config: undefined })).toBe(0);
  return { text: text.text, document: JSON.parse(json.text) };
}

it.each([
  ['a run up', aRun(), 'dynamodt up Users'],
  [
    'a run down over several versions',
    aRun({ direction: 'down', steps: aRun().steps.flatMap((step) => [3, 2].map((sequence) => ({ ...step, sequence }))) }),
    'dynamodt down Users --to 1',
  ],
])('names the command that goes on with %s', async (_, run, goesOnBy) => {
  const { text, document } = await stopped(run);
  expect(text).toContain(`\`${goesOnBy}\` continues where it stopped.`);
  expect(document).toMatchObject({ action: 'stop', goesOnBy });
});

it('names where to look if the ledger does not know the run any more', async () => {
  expect((await stopped(undefined)).text).toContain('`dynamodt status Users` says how to go on.');
});

it('has stopped the run also if the ledger cannot be read afterwards', async () => {
  const { text, document } = await stopped(undefined, () => Promise.reject(new Error('the ledger does not answer')));
  expect(text).toContain('ends within seconds');
  expect(document).toEqual({ table: 'Users', action: 'stop', run: 'r-1' });
});
