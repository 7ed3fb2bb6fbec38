import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcileRun } from '../../../../cli/progress/reconcile-run.ts';
import type { Run } from '../../../../core/ledger/run.ts';
import { type EndedExecution, endingOf } from '../../../../core/run/record-failure.ts';
import { aRun } from '../../../support/run-records.ts';

type Ending = Exclude<EndedExecution['status'], 'running' | 'succeeded'>;
const endings: readonly Ending[] = ['failed', 'aborted', 'timedOut'];
const foreign = 'arn:foreign';

/** One run in the ledger, and the executions that held it, by the order in which they began. Only the last one may run. */
class Story {
  run: Run = aRun({ execution: 'arn:0' });
  readonly executions = new Map<string, EndedExecution>([
    ['arn:0', executionThat('running')],
    [foreign, executionThat('aborted')],
  ]);
  /** What record-failure has found and not written yet. */
  readonly found: { execution: string; ending: ReturnType<typeof endingOf> }[] = [];

  get holder(): EndedExecution | undefined {
    return this.executions.get(this.run.execution);
  }

  get runs(): boolean {
    return this.holder?.status === 'running';
  }

  /** Killed, timed out, or failed outside SettlePass. */
  die(status: Ending): void {
    if (this.runs) this.executions.set(this.run.execution, executionThat(status));
  }

  /** SettlePass records its verdict, and then its execution ends by it. */
  settle(verdict: 'goOn' | 'fail' | 'succeed'): void {
    if (!this.runs || this.run.status === 'succeeded') return;
    if (verdict === 'goOn') this.run = { ...this.run, status: 'running', endedAt: undefined, error: undefined };
    else {
      const ended = verdict === 'fail' ? 'failed' : 'succeeded';
      const error = verdict === 'fail' ? { name: 'ItemsFailed', message: 'Three items failed.' } : undefined;
      this.run = { ...this.run, status: ended, endedAt: '2026-01-02T10:00:05.000Z', error };
      this.executions.set(this.run.execution, executionThat(ended));
    }
  }

  redrive(): void {
    if (!this.runs && this.holder && this.run.status !== 'succeeded') this.executions.set(this.run.execution, executionThat('running'));
  }

  /** A start goes on with the run. */
  takeOver(): void {
    if (this.runs || this.run.status === 'succeeded') return;
    const execution = `arn:${this.executions.size}`;
    this.executions.set(execution, executionThat('running'));
    this.run = { ...this.run, execution, status: 'running', endedAt: undefined, error: undefined };
  }

  /** An event arrives; what comes of it is written later. @param which the execution that it is about, counted from the first */
  find(which: number): void {
    const execution = [...this.executions.keys()][which % this.executions.size] ?? foreign;
    if (execution === this.run.execution) this.found.push({ execution, ending: endingOf(this.run, this.executions.get(execution)) });
  }

  /** As the ledger does it: only while the run is that execution's, and runs. */
  write(): void {
    const next = this.found.shift();
    if (next?.ending && this.run.execution === next.execution && this.run.status === 'running') this.run = { ...this.run, ...next.ending };
  }

  /** An event that is handled at once. */
  tell(which: number): void {
    const others = this.found.splice(0);
    this.find(which);
    this.write();
    this.found.push(...others);
  }
}

function executionThat(status: EndedExecution['status']): EndedExecution {
  return {
    status,
    endedAt: status === 'running' ? undefined : new Date('2026-01-02T10:00:09Z'),
    error: status === 'failed' ? 'RangeError' : undefined,
    cause: JSON.stringify({ errorMessage: 'secret' }),
  };
}

type Act = (story: Story) => void;
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom(...endings).map(
    (status): Act =>
      (story) =>
        story.die(status),
  ),
  fc.constantFrom('goOn', 'fail', 'succeed').map(
    (verdict): Act =>
      (story) =>
        story.settle(verdict as 'goOn' | 'fail' | 'succeed'),
  ),
  fc.constant<Act>((story) => story.redrive()),
  fc.constant<Act>((story) => story.takeOver()),
  fc.nat(9).map(
    (which): Act =>
      (story) =>
        story.find(which),
  ),
  fc.constant<Act>((story) => story.write()),
);
const acts = fc.array(act, { maxLength: 30 });

function storyOf(done: readonly Act[]): Story {
  const story = new Story();
  for (const each of done) each(story);
  return story;
}

describe('events about failed executions, late, repeated, missing, reordered and foreign', () => {
  it('never make of a success anything else', () => {
    fc.assert(
      fc.property(acts, acts, (before, later) => {
        const story = storyOf([...before, (it) => it.redrive(), (it) => it.takeOver(), (it) => it.settle('succeed')]);
        const succeeded = story.run;
        fc.pre(succeeded.status === 'succeeded');

        for (const each of later) each(story);

        expect(story.run).toEqual(succeeded);
      }),
    );
  });

  it('change nothing while the execution that holds the run runs, nor when they are about another one', () => {
    fc.assert(
      fc.property(acts, fc.nat(9), (before, which) => {
        const story = storyOf(before);
        const { run } = story;
        const told = [...story.executions.keys()][which % story.executions.size];

        story.tell(which);

        if (told !== run.execution || story.runs) expect(story.run).toEqual(run);
      }),
    );
  });

  it('say the same however often they are told, and never whose item it was', () => {
    fc.assert(
      fc.property(acts, fc.nat(9), (before, which) => {
        const story = storyOf(before);
        story.tell(which);
        const { run } = story;

        story.tell(which);

        expect(story.run).toEqual(run);
        expect(JSON.stringify(run)).not.toContain('secret');
      }),
    );
  });

  it('leave a run as ended once the last one has arrived, and as running where it runs, whatever was written late', () => {
    fc.assert(
      fc.property(acts, (before) => {
        const story = storyOf(before);
        while (story.found.length > 0) story.write();
        for (let which = 0; which < story.executions.size; which++) story.tell(which);

        const shown = reconcileRun(story.run, story.holder);

        expect(shown.status === 'running').toBe(story.runs);
        expect(shown.status === 'succeeded').toBe(story.holder?.status === 'succeeded');
        if (!story.runs) expect(story.run.status).not.toBe('running');
        // What SettlePass has recorded is known better than what an execution tells.
        if (!story.runs) expect(shown).toEqual(story.run);
      }),
    );
  });
});

describe('what is recorded of an execution', () => {
  it.each([
    [
      'that was stopped',
      { ...executionThat('aborted'), error: 'x', cause: 'by hand' },
      'Aborted',
      'The execution was stopped from outside.',
    ],
    ['that timed out', executionThat('timedOut'), 'States.Timeout', 'The history of the execution in Step Functions says more.'],
    ['that a foreign error ended', executionThat('failed'), 'RangeError', 'The history of the execution in Step Functions says more.'],
    [
      'that an error of ours ended',
      { ...executionThat('failed'), error: 'TableBusy', cause: JSON.stringify({ errorMessage: 'Users is held.' }) },
      'TableBusy',
      'Users is held.',
    ],
    ['that Step Functions does not know', undefined, 'Aborted', 'Step Functions does not know the execution any more.'],
  ])('%s', (_, execution, name, message) => {
    expect(endingOf(aRun(), execution)).toMatchObject({ error: { name, message } });
  });

  it.each(['running', 'succeeded'] as const)('nothing where it %s', (status) => {
    expect(endingOf(aRun(), executionThat(status))).toBeUndefined();
  });
});
