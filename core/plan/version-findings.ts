import { isIrreversible } from '../change/way-back.ts';
import type { Transformation } from '../transformation/contract.ts';
import type { TableProfile } from './estimate/table-profile.ts';
import type { FailureCause } from './failure-causes.ts';
import { about, items, percent } from './number-text.ts';
import type { Finding } from './table-plan.ts';
import type { VersionTrial } from './try-version.ts';

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
  const { tried, restored, attributes } = wayBack;
  const unlike = tried - restored - wayBack.failures.reduce((sum, cause) => sum + cause.items, 0);
  if (unlike > 0) problems.push({ name: 'NotRestored', message: notRestored(unlike, tried, attributes, wayBack.by), sequence });
  for (const cause of wayBack.failures)
    problems.push({ name: cause.name, message: `On the way back: ${causeInWords(cause, tried)}`, sequence });
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

function notRestored(unlike: number, tried: number, attributes: Readonly<Record<string, number>>, by: string): string {
  const names = Object.entries(attributes)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5)
    .map(([name, count]) => `${JSON.stringify(name)} (${about(count)})`);
  const why =
    by === 'derived'
      ? 'Left out, transformDown removes only what transformUp gives again; write it out where the function is random or looks something up.'
      : 'Mend transformDown.';
  return `Down does not restore ${about(unlike)} of ${about(tried)} changed items: ${names.join(', ')} is not as before. ${why}`;
}

/** Notes about a version before it is run. */
export function versionNotes(
  sequence: number,
  transformation: Transformation,
  { estimated, counters, touched, lines }: Pick<VersionTrial, 'estimated' | 'counters' | 'touched' | 'lines'>,
  { pointInTimeRecovery, timeToLive }: Pick<TableProfile, 'pointInTimeRecovery' | 'timeToLive'>,
): Finding[] {
  const notes: Finding[] = [];
  const note = (name: string, message: string): void => void notes.push({ name, message, sequence });
  if (isIrreversible(transformation)) note('Irreversible', irreversible(pointInTimeRecovery));
  else if (!transformation.transformDown && lines.some((line) => !line.includes(' adds =')))
    note(
      'Irreversible',
      `With the lines above it does more than add: without a transformDown it cannot be undone. ${recovery(pointInTimeRecovery)}`,
    );
  if (counters.scanned > 0 && counters.unchanged === counters.scanned && declaresChanges(transformation))
    note(
      'ChangesNothing',
      `It changes none of ${items(counters.scanned)}, although it declares changes. If it should change them, check that transformUp returns the changed copy of the item.`,
    );
  if (counters.deleted > 0) note('Deletes', `It deletes about ${items(estimated.deleted)} of the table.`);
  if (transformation.declared.deletes && transformation.versionAttribute === undefined)
    note(
      'DeletesUnseen',
      'It deletes items and names no versionAttribute. What the application adds to an item just before its delete is put back, except if the answer of the delete is lost or the worker is killed, and never if the item moves to another key: see docs/promises.md.',
    );
  if (counters.differing > 0)
    note(
      'Differing',
      `${about(counters.differing)} of ${items(counters.scanned)} hold a value that is not what the function gives; it is kept, as an existing value always wins. Look at these before phase 3.`,
    );
  if (timeToLive !== undefined && timeToLive !== 'unknown' && touched.includes(timeToLive))
    note(
      'TimeToLive',
      `It writes ${JSON.stringify(timeToLive)}, by which DynamoDB deletes items: a time that is past deletes them within days.`,
    );
  return notes;
}

function declaresChanges({ declared }: Transformation): boolean {
  const { adds, overwrites, removes, inserts, deletes } = declared;
  return adds.length + overwrites.length + removes.length > 0 || inserts || deletes;
}

export function irreversible(pointInTimeRecovery: TableProfile['pointInTimeRecovery']): string {
  return `It does more than add and has no transformDown, so it cannot be undone. ${recovery(pointInTimeRecovery)}`;
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
