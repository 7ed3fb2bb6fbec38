import type { Clock } from './clock.ts';
import { addCounters, sumCounters } from './counters.ts';
import { type Next, nextOf } from './decision.ts';
import { RunError } from './errors.ts';
import { failuresInWords } from './failures-in-words.ts';
import type { LedgerReads, LedgerWrites } from './ledger-port.ts';
import type { Control, Run } from './run.ts';
import { type PassState, settlePass } from './settle-pass.ts';

/** A Map that came to its end, as the state machine reports it. */
export interface PassEnded {
  table: string;
  run: string;
  attempt: number;
  /** ARN of the execution. */
  execution: string;
  redriveCount: number;
}

export interface SettleRunPorts {
  clock: Clock;
  ledger: LedgerReads & LedgerWrites;
  /** Of the present sequence's file as it is deployed now. */
  deployedChecksum(control: Control): Promise<string | undefined>;
}

/**
 * Settles the pass behind a Map: reads the checkpoints, decides, and records the decision in one transaction that carries the attempt
 * number, so that a repeated invocation returns the decision that was taken.
 *
 * @throws RunError those of settlePass; Superseded where another execution holds the table
 */
export const settleRun = async (ended: PassEnded, ports: SettleRunPorts): Promise<Next> => {
  const { clock, ledger } = ports;
  for (;;) {
    const [run, control] = await Promise.all([ledger.run(ended.table, ended.run), ledger.control(ended.run)]);
    if (!run || !control || run.execution !== ended.execution || run.status === 'superseded') throw superseded(ended, run);
    if (control.attempt === ended.attempt + 1 && control.redriveCount === ended.redriveCount) {
      await clock.sleep(control.quietMs);
      return nextOf(run, control, ledger);
    }
    if (control.attempt !== ended.attempt) throw superseded(ended, run);

    const now = new Date(clock.wall()).toISOString();
    const state = await readState(run, control, ended.redriveCount, ports);
    const verdict = await settlePassOrFail(state, ports, now);
    if (!(await ledger.settle(verdict, run, control, await ledger.versions(run.table), now))) continue;
    await clock.sleep(verdict.control.quietMs);
    return nextOf(run, verdict.control, ledger, verdict.kind === 'transform' ? verdict.segments : undefined);
  }
};

const readState = async (
  run: Run,
  control: Control,
  redriveCount: number,
  { ledger, deployedChecksum }: SettleRunPorts,
): Promise<PassState> => {
  const [checkpoints, checksum] = await Promise.all([ledger.checkpoints(run.id, control.pass), deployedChecksum(control)]);
  const { failed } = sumCounters([...checkpoints.values()].map(({ counters }) => counters));
  const failures = failed > 0 ? await ledger.failures(run.id, control.pass) : [];
  const inWords = failuresInWords(failures);
  return {
    run,
    control,
    checkpoints,
    deployedChecksum: checksum,
    redriveCount,
    failuresInWords: failures.length < failed ? `of ${failures.length} recorded: ${inWords}` : inWords,
  };
};

const settlePassOrFail = async (state: PassState, { ledger }: SettleRunPorts, now: string) => {
  try {
    return settlePass(state);
  } catch (error) {
    if (error instanceof RunError) {
      const pass = sumCounters([...state.checkpoints.values()].map(({ counters }) => counters));
      await ledger.fail(state.run, error, addCounters(state.control.settled, pass), now);
    }
    throw error;
  }
};

const superseded = ({ run, table }: PassEnded, found: Run | undefined): RunError =>
  new RunError(
    'Superseded',
    `Run ${run} no longer holds ${table}${found?.execution ? `: ${found.status === 'superseded' ? 'another run took the table' : `it goes on in ${found.execution}`}` : ''}. Nothing was done. Look at \`dynamodt status ${table}\`.`,
  );
