import { RunError } from '../../core/errors.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { JournalOfRun, Version } from '../../core/ledger/version.ts';
import type { LedgerReads } from '../../core/run/records/ledger-port.ts';
import type { JournaledSegment } from '../../core/segment/undo/changes-of.ts';

type Ledger = Pick<LedgerReads, 'run' | 'control' | 'checkpoints'>;

/** A run with a journal, as far as the ledger knows it. */
export interface JournaledRun extends Pick<JournalOfRun, 'run' | 'firstPass'> {
  control: Control;
}

/**
 * The runs whose changes are asked for, the newest first.
 *
 * @param only id of the one run that is asked for: it may be one whose changes were taken back
 * @throws RunError JournalMissing, InvalidInput
 */
export async function journaledRuns(version: Version, only: string | undefined, ledger: Ledger): Promise<JournaledRun[]> {
  const { table, sequence, journals } = version;
  if (only !== undefined) {
    const [run, control] = await Promise.all([ledger.run(table, only), ledger.control(only)]);
    const step = run?.steps.find((taken) => taken.sequence === sequence);
    if (!step || control?.table !== table) throw noSuchRun(version, only);
    // A redrive can have gone on with code that journals, or does not.
    const isJournaled = step.journals ?? (control.sequence === sequence ? control.journals : undefined);
    if (!isJournaled)
      throw missing(
        version,
        `Run ${only} kept no journal of what it changed for ${table} v${sequence}: it was a dry run or a run down, or the file of the version has \`journal: 'none'\` or only adds. \`dynamodt history ${table}\` lists other runs.`,
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

/** The segments in which runs wrote a journal for a version, the newest pass first. */
export async function* journaledSegments(
  { table, sequence }: Pick<Version, 'table' | 'sequence'>,
  runs: readonly JournaledRun[],
  ledger: Ledger,
): AsyncGenerator<JournaledSegment> {
  for (const { run, firstPass, control } of runs)
    for (let pass = control.pass; pass >= firstPass; pass--)
      for (const checkpoint of (await ledger.checkpoints(run, pass)).values()) {
        const { segment, journal: attempts = [] } = checkpoint;
        if (checkpoint.sequence === sequence && attempts.length > 0) yield { segment: { table, sequence, run, pass, segment }, attempts };
      }
}

function noSuchRun({ table, sequence, journals = [] }: Version, run: string): RunError {
  const known = journals.length > 0 ? ` Runs with a journal of v${sequence}: ${journals.map((journal) => journal.run).join(', ')}.` : '';
  return new RunError(
    'InvalidInput',
    `The ledger knows no run ${run} of ${table} that took v${sequence}.${known} \`dynamodt history ${table}\` lists all runs.`,
    {
      fields: { table, sequence, run },
    },
  );
}

function missing({ table, sequence, file }: Version, message: string): RunError {
  return new RunError('JournalMissing', message, { fields: { table, sequence, file } });
}
