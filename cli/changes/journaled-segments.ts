import { RunError } from '../../core/errors.ts';
import { isAbout, journalOf } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { controlsOf } from '../../core/ledger/sweep.ts';
import type { JournalOfRun, Version } from '../../core/ledger/versions/version.ts';
import type { LedgerReads } from '../../core/run/records/ledger-port.ts';
import type { JournaledSegment } from '../../core/segment/undo/changes-of.ts';
import type { ReportedSegment } from '../../core/segment/undo/reports-of.ts';

/** A version that is asked for; one that only dry runs took is not in the ledger. */
export type AskedVersion = Pick<Version, 'table' | 'sequence'> & Partial<Version>;

type Ledger = Pick<LedgerReads, 'run' | 'control' | 'checkpoints'>;

/** A run with a journal, as far as the ledger knows it. */
export interface JournaledRun extends Pick<JournalOfRun, 'run' | 'firstPass'> {
  control: Control;
  /** It would have made changes, and its reports say which. */
  isDry?: true | undefined;
}

/**
 * The runs whose changes are asked for, the newest first.
 *
 * @param only id of the one run that is asked for: it may be one whose changes were taken back
 * @throws RunError JournalMissing, InvalidInput
 */
export async function journaledRuns(version: AskedVersion, only: string | undefined, ledger: Ledger): Promise<JournaledRun[]> {
  const { table, sequence, journals } = version;
  if (only !== undefined) {
    const [run, control] = await Promise.all([ledger.run(table, only), ledger.control(only)]);
    const step = run?.steps.find((taken) => taken.sequence === sequence);
    if (!step || control?.table !== table) throw noSuchRun(version, only);
    if (run?.dryRun) return [{ run: only, firstPass: 1, control, isDry: true }];
    // A redrive can have gone on with code that journals, or does not.
    const isJournaled = step.journals ?? controlsOf(control).find((swept) => swept.sequence === sequence)?.journals;
    if (!isJournaled)
      throw missing(
        version,
        `Run ${only} kept no journal of what it changed for ${table} v${sequence}: it was a run down, or the file of the version has \`journal: 'none'\` or only adds. \`dynamodt history ${table}\` lists other runs.`,
      );
    return [{ run: only, firstPass: journals?.find(({ run }) => run === only)?.firstPass ?? 1, control }];
  }
  if (version.status === 'rolledBack')
    throw missing(
      version,
      `${table} v${sequence} was taken back, so that nothing of it is in the table. \`dynamodt history ${table}\` lists the runs that applied it before: name one by --run.`,
    );
  if (!journals)
    throw missing(
      version,
      `No run kept a journal of what it changed for ${table} v${sequence}. Either the version only adds (\`export const journal = 'all'\` in its file keeps one all the same), or its file has \`journal: 'none'\`, or no run applied it, or a release before journals did. What it changed is not known any more; a restore of point-in-time recovery to a new table shows items as they were before.`,
    );
  const runs: JournaledRun[] = [];
  for (const { run, firstPass } of journals) {
    const control = await ledger.control(run);
    if (!control)
      throw missing(
        version,
        `The journal of ${table} v${sequence} expired: the ledger does not know run ${run} any more. Name another run by --run.`,
      );
    runs.unshift({ run, firstPass, control });
  }
  return runs;
}

/**
 * The run whose reports are asked for.
 *
 * @param only id of the run; if it is left out, the last one that took the version
 * @throws RunError JournalMissing, InvalidInput
 */
export async function reportedRun(version: AskedVersion, only: string | undefined, ledger: Ledger): Promise<JournaledRun> {
  const { table, sequence, run: last } = version;
  const run = only ?? last ?? '';
  const [known, control] = await Promise.all([ledger.run(table, run), ledger.control(run)]);
  if (only !== undefined && !known?.steps.some((taken) => taken.sequence === sequence)) throw noSuchRun(version, only);
  if (!control || control.table !== table)
    throw missing(
      version,
      `The ledger does not know run ${run} of ${table} v${sequence} any more, or no run took the version: which items failed is not known. \`dynamodt history ${table}\` lists runs: name one by --run.`,
    );
  return { run, firstPass: 1, control, ...(known?.dryRun ? { isDry: true } : {}) };
}

/** The segments on which a run wrote reports for a version, the newest pass first. */
export async function* reportedSegments(
  { table, sequence }: Pick<Version, 'table' | 'sequence'>,
  { run, firstPass, control }: JournaledRun,
  ledger: Ledger,
): AsyncGenerator<ReportedSegment & { isLastPass: boolean }> {
  let last: number | undefined;
  for (let pass = control.pass; pass >= firstPass; pass--)
    for (const checkpoint of (await ledger.checkpoints(run, pass)).values()) {
      if (!isAbout(checkpoint, sequence)) continue;
      last ??= pass;
      const { segment, reports = [] } = checkpoint;
      if (reports.length > 0)
        yield { segment: { table, sequence: checkpoint.sequence, run, pass, segment }, reports, isLastPass: pass === last };
    }
}

/** The segments in which runs wrote a journal for a version, the newest pass first. */
export async function* journaledSegments(
  { table, sequence }: Pick<Version, 'table' | 'sequence'>,
  runs: readonly JournaledRun[],
  ledger: Ledger,
): AsyncGenerator<JournaledSegment> {
  for (const { run, firstPass, control } of runs)
    for (let pass = control.pass; pass >= firstPass; pass--)
      for (const checkpoint of (await ledger.checkpoints(run, pass)).values()) {
        const { segment } = checkpoint;
        const attempts = journalOf(checkpoint, sequence);
        if (attempts.length > 0) yield { segment: { table, sequence, run, pass, segment }, attempts };
      }
}

function noSuchRun({ table, sequence, journals = [] }: AskedVersion, run: string): RunError {
  const known = journals.length > 0 ? ` Runs with a journal of v${sequence}: ${journals.map((journal) => journal.run).join(', ')}.` : '';
  return new RunError(
    'InvalidInput',
    `The ledger knows no run ${run} of ${table} that took v${sequence}.${known} \`dynamodt history ${table}\` lists all runs.`,
    {
      fields: { table, sequence, run },
    },
  );
}

function missing({ table, sequence, file }: AskedVersion, message: string): RunError {
  return new RunError('JournalMissing', message, { fields: { table, sequence, file } });
}
