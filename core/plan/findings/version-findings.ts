import { isIrreversible, movesAway } from '../../change/way-back.ts';
import { countOf } from '../../count-of.ts';
import { isJournaled } from '../../journal/is-journaled.ts';
import { ownValue } from '../../own-value.ts';
import type { Transformation } from '../../transformation/contract.ts';
import { declares } from '../../transformation/declarations.ts';
import { insertsOrDeletes } from '../../transformation/footprint.ts';
import type { ExpiryFigures } from '../estimate/expiry-figures.ts';
import type { TableProfile } from '../estimate/table-profile.ts';
import { about, items, itemsInTable, percent, rangeInTable } from '../number-text.ts';
import type { Finding } from '../table-plan.ts';
import type { VersionTrial } from '../try-version.ts';
import type { FailureCause } from './failure-causes.ts';

/** Problems of a version, to be corrected before it is run. */
export function versionProblems(
  sequence: number,
  file: string,
  { failures, lines, contradiction, wayBack, counters }: VersionTrial,
): Finding[] {
  const undeclared = failures.filter(({ name }) => name === 'UndeclaredChange');
  const others = failures.filter(({ name }) => name !== 'UndeclaredChange');
  const problems = others.map((cause): Finding => ({ name: cause.name, message: causeInWords(cause, counters.scanned), sequence }));
  const [first] = undeclared;
  if (first)
    problems.unshift({
      ...undeclaredChanges(first, undeclared, counters.scanned, file, contradiction),
      sequence,
      ...(lines.length > 0 && !contradiction ? { lines } : {}),
    });
  const { tried, restored, attributes, removed, left } = wayBack;
  const unlike = tried - restored - removed.items - wayBack.failures.reduce((sum, cause) => sum + cause.items, 0);
  if (unlike > 0)
    problems.push({ name: 'NotRestored', message: notRestored(unlike, tried, less(attributes, removed.attributes), wayBack.by), sequence });
  for (const cause of wayBack.failures)
    problems.push({ name: cause.name, message: `On the way back: ${causeInWords(cause, tried)}`, sequence });
  for (const cause of left.failures)
    problems.push({ name: cause.name, message: `On the way back, of items that up leaves: ${causeInWords(cause, left.tried)}`, sequence });
  return problems;
}

function causeInWords({ items: count, message, place }: FailureCause, of: number): string {
  return `${about(count)} of ${items(of)}: ${message}${place ? ` (${place})` : ''}`;
}

function undeclaredChanges(first: FailureCause, all: readonly FailureCause[], of: number, file: string, contradiction: string | undefined) {
  const count = all.reduce((sum, cause) => sum + cause.items, 0);
  // The message advises about one attribute of one item; the lines name all attributes.
  const { message } = first;
  const end = message.lastIndexOf(' If that is meant');
  const what = end === -1 ? message : message.slice(0, end);
  const more = all.length > 1 ? ` There are ${all.length - 1} more of this kind.` : '';
  const advice = contradiction
    ? `No declaration permits that: ${contradiction}.`
    : `If that is meant, let ${file} say this in place of what it declares:`;
  return { name: 'UndeclaredChange', message: `${about(count)} of ${items(of)}: ${what}${more} ${advice}` };
}

function notRestored(unlike: number, tried: number, attributes: ByName, by: string): string {
  const why =
    by === 'derived'
      ? 'Left out, transformDown removes only what transformUp gives again; write it out where the function is random or looks something up.'
      : 'Mend transformDown.';
  return `Down does not restore ${about(unlike)} of ${countOf(tried, 'changed item')}: ${namesInWords(attributes)} is not as before. ${why}`;
}

/** Numbers of items by the names of attributes. */
type ByName = Readonly<Record<string, number>>;

function less(all: ByName, some: ByName): ByName {
  return Object.fromEntries(
    Object.entries(all)
      .map(([name, count]) => [name, count - (ownValue(some, name) ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}

/** The five most frequent names: `"fullName" (12), "email" (3)`. */
function namesInWords(attributes: ByName): string {
  return Object.entries(attributes)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5)
    .map(([name, count]) => `${JSON.stringify(name)} (${about(count)})`)
    .join(', ');
}

/** Notes about a version before it is run. @param hasBegun true if a run has transformed items with it already */
export function versionNotes(
  sequence: number,
  transformation: Transformation,
  {
    estimated,
    counters,
    touched,
    lines,
    wayBack,
    leftIndexes,
    otherUnits = {},
    severalTransactions,
    expiry,
  }: Pick<
    VersionTrial,
    'estimated' | 'counters' | 'touched' | 'lines' | 'wayBack' | 'leftIndexes' | 'otherUnits' | 'severalTransactions' | 'expiry'
  >,
  {
    pointInTimeRecovery,
    timeToLive,
    shape,
    hasBegun,
  }: Pick<TableProfile, 'pointInTimeRecovery' | 'timeToLive' | 'shape'> & { hasBegun: boolean },
): Finding[] {
  const notes: Finding[] = [];
  const note = (name: string, message: string): void => void notes.push({ name, message, sequence });
  const inTable = (count: number): string => rangeInTable(count, { counters, estimated });
  for (const [table, units] of Object.entries(otherUnits)) {
    const name = ownValue(shape.others ?? {}, table)?.name ?? table;
    note(
      'OtherTable',
      `It writes to ${table}${name === table ? '' : ` (${name})`}, too: about ${about(units)} write units, within a budget of their own.`,
    );
  }
  if (severalTransactions)
    note(
      'SeveralTransactions',
      `For ${about(severalTransactions.items)} of ${items(counters.scanned)} (${inTable(severalTransactions.items)} of the table) it writes more than a transaction holds: several are made, each on condition that the item is as it was read, and the last one changes the item.`,
    );
  if (isIrreversible(transformation)) note('Irreversible', irreversible(transformation, pointInTimeRecovery));
  else if (!transformation.transformDown && lines.some((line) => !declares(line, 'adds')))
    note(
      'Irreversible',
      `With what it changes and does not declare (UndeclaredChange), it does more than add: without a transformDown it cannot be undone. ${recovery(pointInTimeRecovery)}`,
    );
  if (isJournalOff(transformation) && !isIrreversible(transformation))
    note(
      'NotJournaled',
      "It keeps no journal (`journal: 'none'`): `dynamodt changes` will not know what it changed, and `down` has only its function to take it back, not `--exact`. Leave `journal` out to keep one.",
    );
  if (counters.scanned > 0 && counters.unchanged === counters.scanned && declaresChanges(transformation))
    note(
      'ChangesNothing',
      `It changes none of ${items(counters.scanned)}, although it declares changes. If it should change them, check that transformUp returns the changed copy of the item.`,
    );
  if (counters.deleted > 0) note('Deletes', `It deletes ${itemsInTable(counters.deleted, { counters, estimated })} of the table.`);
  if (transformation.declared.deletes && transformation.versionAttribute === undefined)
    note(
      'DeletesUnseen',
      'It deletes items and names no versionAttribute. What the application adds to an item just before its delete is put back, except if the answer of the delete is lost or the worker is killed, and never if the item moves to another key: see node_modules/dynamodt/docs/promises.md.',
    );
  for (const [name, { items: count }] of Object.entries(leftIndexes)) {
    const keys = shape.indexes.find((index) => index.name === name)?.keys.filter((key) => touched.includes(key)) ?? [];
    note(
      'LeavesIndex',
      `It takes ${about(count)} of ${items(counters.scanned)} (${inTable(count)} of the table) out of index ${JSON.stringify(name)}, because it removes ${keys.map((key) => JSON.stringify(key)).join(', ')}, of which the key of the index consists: queries of the index do not return them any more.`,
    );
  }
  const { removed, tried, left } = wayBack;
  if (removed.items > 0)
    note(
      'NotRestored',
      `Down does not restore ${about(removed.items)} of ${countOf(tried, 'changed item')}: ${namesInWords(removed.attributes)} is not as before. The version removes it and writes nothing in its place, so down can only compute it from what is left. If the old values matter, make a backup before the run.`,
    );
  if (left.notGivenBack > 0)
    note(
      'DownChangesMore',
      `Down would change ${about(left.notGivenBack)} of ${items(left.tried)} that up leaves, and up does not give them back: ${namesInWords(left.attributes)} is not as before. If that is not meant, let transformDown return undefined for the same items as transformUp, for example for other kinds of items.`,
    );
  if (left.alreadyNew > 0 && !hasBegun)
    note(
      'DownChangesMore',
      `Down would change ${about(left.alreadyNew)} of ${items(left.tried)} that up leaves: they have what the version adds and lack what it removes, although it has not begun. That is right if your application wrote them in the new shape, which the old code cannot read. If they are another kind of item, let both functions return undefined for them.`,
    );
  if (counters.differing > 0)
    note(
      'Differing',
      `${about(counters.differing)} of ${items(counters.scanned)} hold a value that is not what the function gives; it is kept, as an existing value always wins. Look at these before phase 3.`,
    );
  if (timeToLive !== undefined && timeToLive !== 'unknown' && (touched.includes(timeToLive) || expiry))
    note(
      'TimeToLive',
      `It writes ${JSON.stringify(timeToLive)}, by which DynamoDB deletes items. ${expiryInWords(expiry, { counters, estimated })}`,
    );
  return notes;
}

/** True if the version would be journaled, were it not for its file. */
function isJournalOff({ journal, ...transformation }: Transformation): boolean {
  return journal === 'none' && isJournaled({ ...transformation, journal: undefined });
}

function expiryInWords(expiry: ExpiryFigures | undefined, trial: Pick<VersionTrial, 'counters' | 'estimated'>): string {
  const count = ({ items: found }: { items: number }) =>
    `${about(found)} of ${items(trial.counters.scanned)} (${rangeInTable(found, trial)} of the table)`;
  const { past, ignored } = expiry ?? { past: { items: 0, estimated: 0 }, ignored: { items: 0, estimated: 0 } };
  const sentences = [
    past.items > 0
      ? `In ${count(past)} the new time is past, and DynamoDB deletes them within days.`
      : 'No new time in the sample is past. A time that is past deletes the item within days.',
    ...(ignored.items > 0
      ? [
          `In ${count(ignored)} DynamoDB ignores the new value: it must be a number of seconds since 1970, and not more than five years past.`,
        ]
      : []),
  ];
  return sentences.join(' ');
}

function declaresChanges({ declared }: Transformation): boolean {
  const { adds, overwrites, removes } = declared;
  return adds.length + overwrites.length + removes.length > 0 || insertsOrDeletes(declared);
}

/** Why a version cannot be undone. */
export function irreversible(
  transformation: Pick<Transformation, 'declared' | 'seed' | 'journal'>,
  pointInTimeRecovery: TableProfile['pointInTimeRecovery'],
): string {
  const why = movesAway(transformation.declared)
    ? 'It may move items to another table, of which a run back scans nothing, so no function takes it back'
    : 'It does more than add and has no transformDown, so no function takes it back';
  const way = isJournaled(transformation)
    ? '`down` goes by its journal, while that is kept (35 days by default)'
    : 'it keeps no journal (`journal`), so it cannot be undone';
  return `${why}: ${way}. ${recovery(pointInTimeRecovery)}`;
}

function recovery(pointInTimeRecovery: TableProfile['pointInTimeRecovery']): string {
  if (pointInTimeRecovery === true) return 'Point-in-time recovery is on: write down when the run begins.';
  const command = '`aws dynamodb create-backup`';
  return pointInTimeRecovery === false
    ? `Point-in-time recovery is off: switch it on first, or make a backup (${command}).`
    : `See that point-in-time recovery is on, or make a backup (${command}).`;
}

export const howToMendMissingItems =
  'A writer still produces the old shape, or they were written before: deploy code that writes both shapes, then sweep once more with --again.';

/** The result of the gate as a sentence. @param atMost max share of the table, from 0 to 1 */
export function missingInWords(missing: number, scanned: number, atMost: number): string {
  return missing > 0
    ? `${about(missing)} of ${items(scanned)} lack what the version gives. ${howToMendMissingItems}`
    : `None of ${items(scanned)} lacks it; in the whole table at most ${percent(atMost)} may (95 % certain).`;
}
