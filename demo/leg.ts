import type { Figures } from './application/application-figures.ts';
import type { RunFigures } from './run-figures.ts';
import { milliseconds, type Screen, seconds, whole } from './screen.ts';
import type { Finding, Verification } from './verify-table.ts';

/** A part of the demo: figures of the application and of what changed the table meanwhile, and the verdict of the oracle. */
export interface Leg {
  readonly name: string;
  readonly application: Figures;
  readonly run: Pick<RunFigures, 'seconds' | 'changed'>;
  readonly verification: Verification;
}

/** One direction, made by a run. */
export interface RunLeg extends Leg {
  readonly run: RunFigures;
}

/** True if no fault was found, and the application did write, so that a fault was possible. */
export function holds({ verification, application, run }: Leg): boolean {
  return verification.ok && application.surprises === 0 && application.total > 0 && run.changed > 0;
}

const examplesShown = 2;

/** Prints the findings of the oracle. */
export function showVerdict(screen: Screen, { application, verification }: Leg): void {
  const { update, replace, insert, reinsert, delete: deleted } = application.operations;
  const live = `${whole(update + replace)} updates, ${whole(insert + reinsert)} inserts, ${whole(deleted)} deletes`;
  screen.fact(`${live} by the application meanwhile; now it rests while every item is compared bit for bit`);
  const check = (name: string, { count, examples }: Finding) =>
    screen.verdict(count === 0, `${name} ${whole(count)}${count > 0 ? `, such as ${examples.slice(0, examplesShown).join('; ')}` : ''}`);
  check('lost updates', verification.lostUpdates);
  check('resurrected items', verification.resurrectedItems);
  check('missing items', verification.missingItems);
  check('undeclared changes', verification.undeclaredChanges);
  check('wrong new values', verification.wrongValues);
  const { itemsWithNewShape, itemsWithoutNewShape, items, uncertain } = verification;
  screen.verdict(itemsWithoutNewShape.count === 0, `items in their new shape ${whole(itemsWithNewShape)} of ${whole(items)}`);
  screen.verdict(application.surprises === 0, `live operations that failed because of the run ${whole(application.surprises)}`);
  if (uncertain > 0) screen.fact(`left out: ${whole(uncertain)} keys with a write of unknown outcome`);
}

/** Prints the figures of both directions beside those of the application alone. @param budget of each run, in write units a second */
export function showSummary(screen: Screen, alone: Figures, legs: readonly RunLeg[], budget: number): void {
  const row = (name: string, quiet: string, figure: (leg: RunLeg) => string) => [name, quiet, ...legs.map(figure)];
  screen.table([
    row('', 'nothing running', ({ name }) => name),
    row('items changed', '', ({ run }) => whole(run.changed)),
    row('time of the run', '', ({ run }) => seconds(run.seconds)),
    row('items changed a second', '', ({ run }) => whole(run.changed / run.seconds)),
    row('write units a second', `budget ${whole(budget)}`, ({ run }) => whole(run.writeUnits / run.seconds)),
    row('live writes', whole(alone.total), ({ application }) => whole(application.total)),
    row('live writes, p50', milliseconds(alone.p50), ({ application }) => milliseconds(application.p50)),
    row('live writes, p99', milliseconds(alone.p99), ({ application }) => milliseconds(application.p99)),
    row('lost updates', '', ({ verification }) => whole(verification.lostUpdates.count)),
    row('resurrected items', '', ({ verification }) => whole(verification.resurrectedItems.count)),
    row('all as it must be', '', (leg) => (holds(leg) ? 'yes' : 'NO')),
  ]);
}
