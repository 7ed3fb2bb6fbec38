import { type Run, type RunStep, takesTable } from '../ledger/run.ts';

/** What another start has to ask for, so that it is the same run. */
type Begun = Pick<Run, 'table' | 'direction' | 'dryRun' | 'prepareOnly' | 'again' | 'to'> & {
  steps: readonly Pick<RunStep, 'sequence' | 'by' | 'kept'>[];
};

/**
 * The command that goes on with a run that ended before its end. A start that takes other versions, or takes them in another way, is another run; an
 * undo by another run takes the changes of a version back again. A dry run must not be repeated as one that writes.
 */
export function commandToGoOn({ table, direction, dryRun, prepareOnly, again, to, steps }: Begun): string {
  if (prepareOnly) return `dynamodt prepare ${table}${to === undefined ? '' : ` --sequence ${to}`}`;
  const isBack = direction === 'down';
  return [
    isBack ? commandBack(table, sequencesIn(steps)) : `dynamodt up ${table}`,
    ...(isBack || to === undefined ? [] : [`--to ${to}`]),
    ...(again && steps[0] ? [`--again ${steps[0].sequence}`] : []),
    // If all go by their journals, `exact` is the same run, whether it was asked for or no version has a function.
    ...(isBack && steps.length > 0 && steps.every(({ by }) => by === 'journal') ? ['--exact'] : []),
    ...(steps.some(({ kept }) => kept) ? ['--kept-code'] : []),
    ...(dryRun ? ['--dry-run'] : []),
  ].join(' ');
}

/** The same in a sentence. A dry run, and one that prepares, has nothing to go on with. */
export function howToGoOn(run: Begun): string {
  const command = commandToGoOn(run);
  return takesTable(run) ? `Finished work stays done: \`${command}\` continues where the run stopped.` : `\`${command}\` tries again.`;
}

/** The command that takes versions back, with all above them. Without `--to`, `down` takes back the newest version only. */
export function commandBack(table: string, sequences: readonly number[]): string {
  return sequences.length > 1 ? `dynamodt down ${table} --to ${Math.min(...sequences) - 1}` : `dynamodt down ${table}`;
}

/**
 * The command that undoes what a run did. A sweep of a version that was applied before is taken back with all versions above it; no other way is
 * there.
 */
export function commandToUndo({ table, direction, again, steps }: Pick<Begun, 'table' | 'direction' | 'again' | 'steps'>): string {
  const [first] = steps;
  if (direction === 'down') return `dynamodt up ${table}`;
  return again && first ? `dynamodt down ${table} --to ${first.sequence - 1}` : commandBack(table, sequencesIn(steps));
}

function sequencesIn(steps: Begun['steps']): number[] {
  return steps.map(({ sequence }) => sequence);
}
