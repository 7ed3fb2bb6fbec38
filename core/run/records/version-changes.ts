import type { Control, TogetherStep } from '../../ledger/control.ts';
import type { Run } from '../../ledger/run.ts';
import { controlOfMember, controlsOf, sequencesOf, worksOf } from '../../ledger/sweep.ts';
import {
  type AdoptedCode,
  beginOf,
  endOf,
  isHalfway,
  isInTable,
  settleOf,
  statusAfter,
  type Version,
  type VersionCode,
  type VersionStatus,
} from '../../ledger/versions/version.ts';
import { codesOf, withCode } from '../../ledger/versions/version-codes.ts';
import { codeOf } from '../../transformation/catalog.ts';
import { isUnresolved, withScope } from '../../transformation/scope-ref.ts';
import type { Holder } from '../taking/holder.ts';
import type { SettledSequence, Verdict } from '../verdict.ts';
import { type LedgerChange, recordIsNew, type VerdictRead } from './ledger-change.ts';

/** The versions that a verdict of SettlePass or Prepare ends, and the one that it begins. @param now ISO 8601 */
export function versionChangesOf(verdict: Verdict, { run, control: read, versions }: VerdictRead, now: string): LedgerChange[] {
  const { control } = verdict;
  const changes: LedgerChange[] = [];
  const settled = 'settledSequence' in verdict ? verdict.settledSequence : undefined;
  const settledToo = verdict.settledToo ?? [];
  for (const each of settled ? [settled, ...(verdict.settledTogether ?? [])] : [])
    changes.push(endVersion(run, each, statusAfter(endOf[run.direction], statusOf(each, versions)), versions, now));
  for (const each of settledToo)
    changes.push(endVersion(run, each, statusAfter(settleOf[run.direction], statusOf(each, versions)), versions, now));
  if (settled && run.direction === 'down')
    for (const { sequence } of [settled, ...settledToo]) changes.push({ kind: 'deleteSeedPosition', table: run.table, sequence });
  const goesOn = verdict.kind === 'transform' || verdict.kind === 'prepare' || verdict.kind === 'quiet';
  const { renewed = [] } = verdict;
  const hasNewCode = codeOf(control) !== codeOf(read) || renewed.length > 0;
  const hasNewPreparation = control.preparation?.version !== read.preparation?.version;
  if (goesOn && (settled || hasNewCode || hasNewPreparation))
    changes.push(...beginVersions({ run, control, left: settled ? undefined : read }, versions, now, renewed));
  return changes;
}

/** Max versions that a start gives the table's id, as a transaction takes 100 actions. */
const maxLearned = 60;

/** Gives the table's id to versions that were recorded before ids were kept, but for the ones that the start writes anyway. */
export function learnedTables(
  { tableId }: Run,
  control: Control,
  superseded: Holder | undefined,
  versions: readonly Version[],
): LedgerChange[] {
  if (tableId === undefined) return [];
  const written = [...sequencesOf(control), ...(superseded ? sequencesOf(superseded.control) : [])];
  return versions
    .filter((version) => isInTable(version) && version.tableId === undefined && !written.includes(version.sequence))
    .slice(0, maxLearned)
    .map((version) => putVersion(version, { ...version, tableId }));
}

/** The versions at which a superseded run was, but for those with which the new run begins. */
export function leftHalfway(
  { tableId }: Run,
  control: Control,
  superseded: Holder | undefined,
  versions: readonly Version[],
): LedgerChange[] {
  if (!superseded) return [];
  const begun = sequencesOf(control);
  const { run, control: left, checkpoints } = superseded;
  return [...worksOf(left, checkpoints)].flatMap(([sequence, { counters, isCovered }]) => {
    const version = versions.find((each) => each.sequence === sequence && each.run === run.id && isHalfway(each));
    if (!version || begun.includes(sequence)) return [];
    return putVersion(version, { ...version, counters, isCovered, tableId: version.tableId ?? tableId });
  });
}

interface Begun {
  run: Run;
  control: Control;
  /** The control that was at this or another version before. */
  left: Control | undefined;
}

/**
 * The versions of a pass are begun, in their order.
 *
 * @param now ISO 8601
 * @param renewed versions that were swept together with the first, and go on: also each by itself
 */
export function beginVersions(
  { run, control, left }: Begun,
  versions: readonly Version[],
  now: string,
  renewed: readonly TogetherStep[] = [],
): LedgerChange[] {
  const before = new Map(left ? controlsOf(left).map((each) => [each.sequence, each]) : []);
  const alone = renewed.filter(({ sequence }) => !sequencesOf(control).includes(sequence));
  return [...controlsOf(control), ...alone.map((step) => controlOfMember(control, step))].map((each) =>
    beginVersion({ run, control: each, left: before.get(each.sequence) }, versions, now),
  );
}

/** The version of the control's sequence is begun, with all codes that took it so far. @param now ISO 8601 */
export function beginVersion({ run, control, left }: Begun, versions: readonly Version[], now: string): LedgerChange {
  const { sequence, checksum, bundleChecksum, packages, file, preparation, given } = control;
  const before = versions.find((version) => version.sequence === sequence);
  return putVersion(before, {
    table: run.table,
    sequence,
    status: statusAfter(beginOf[run.direction], before?.status),
    checksum,
    file,
    packages,
    codes: withCode(codesOf(before), { checksum, bundleChecksum, preparation, given }),
    scopes: scopesOf(run, control, before),
    preparation: preparation ?? before?.preparation,
    given: given ?? before?.given,
    run: run.id,
    execution: run.execution,
    at: now,
    counters: control.settled.sequence,
    isCovered: control.settled.isCovered,
    adopted: adoptedBy({ run, control, left }, before, now),
    repaired: before?.status === 'applied' ? before.repaired : undefined,
    tableId: run.tableId ?? before?.tableId,
    ...journalsWith({ run, control }, before, now),
  });
}

/** Of an unresolved scope nothing is written yet. */
function scopesOf({ direction }: Run, { scope }: Control, before: Version | undefined): Version['scopes'] {
  if (direction === 'down' || (scope && isUnresolved(scope))) return before && isInTable(before) ? before.scopes : undefined;
  return withScope(before && isInTable(before) ? before : undefined, scope);
}

/** Max journals that a version names. With the earliest it is known since when a backup would not have the version. */
const maxJournals = 100;

/** A run up adds its journal, or makes the journals of those before it incomplete. */
function journalsWith(
  { run, control }: Pick<Begun, 'run' | 'control'>,
  before: Version | undefined,
  now: string,
): Pick<Version, 'journals' | 'hasUnjournaled'> {
  const inTable = before && isInTable(before) ? before : undefined;
  const { journals = [], hasUnjournaled } = inTable ?? {};
  if (run.direction === 'down') return { journals: inTable?.journals, hasUnjournaled };
  if (!control.journals) return { journals: inTable?.journals, hasUnjournaled: inTable?.journals ? true : hasUnjournaled };
  const begun = inTable !== undefined && !inTable.journals ? true : hasUnjournaled;
  if (journals.some((journal) => journal.run === run.id)) return { journals, hasUnjournaled: begun };
  if (journals.length === maxJournals) return { journals, hasUnjournaled: true };
  return { journals: [...journals, { run: run.id, firstPass: control.pass, at: now, ...daysOf(run) }], hasUnjournaled: begun };
}

function daysOf({ journalDays: days }: Run): { days?: number } {
  return days === undefined ? {} : { days };
}

/** Max codes that a version remembers; of more, the earliest. */
const maxAdopted = 20;

/** With the code that the run replaces, if it had changed items: an attribute that it added stays as it set it. */
function adoptedBy({ run, control, left }: Begun, before: Version | undefined, now: string): readonly AdoptedCode[] | undefined {
  const earlier = before && isInTable(before) ? (before.adopted ?? []) : [];
  const work = control.settled.sequence;
  const isOther = left && work && left.sequence === control.sequence && codeOf(left) !== codeOf(control);
  const changed = isOther ? work.changed - earlier.reduce((sum, code) => sum + code.changed, 0) : 0;
  const { checksum: from, bundleChecksum: bundleFrom } = left ?? {};
  const all = from && changed > 0 ? [...earlier, { from, bundleFrom, changed, run: run.id, at: now }] : earlier;
  return all.length > 0 ? all.slice(0, maxAdopted) : undefined;
}

function statusOf({ sequence }: SettledSequence, versions: readonly Version[]): VersionStatus | undefined {
  return versions.find((version) => version.sequence === sequence)?.status;
}

function endVersion(
  run: Run,
  { rewrote = false, isJournaled, bundleChecksum, ...settled }: SettledSequence,
  status: VersionStatus,
  versions: readonly Version[],
  now: string,
): LedgerChange {
  const before = versions.find(({ sequence }) => sequence === settled.sequence);
  return putVersion(before, {
    table: run.table,
    ...settled,
    file: settled.file ?? before?.file,
    given: settled.given ?? before?.given,
    codes: codesAfter(
      run,
      { ...settled, rewrote },
      withSettled(codesOf(before), { checksum: settled.checksum, bundleChecksum, given: settled.given }),
    ),
    status,
    scopes: isInTable({ status }) ? before?.scopes : undefined,
    preparation: before?.preparation,
    run: run.id,
    execution: run.execution,
    at: now,
    adopted: before?.adopted,
    repaired: before?.repaired,
    tableId: run.tableId ?? before?.tableId,
    ...(isInTable({ status }) ? journalsOf(before, isJournaled) : {}),
  });
}

/** A version that was settled without a run of its own has a journal in which there is nothing. */
function journalsOf(before: Version | undefined, isJournaled: true | undefined): Pick<Version, 'journals' | 'hasUnjournaled'> {
  if (isJournaled && !isInTable(before)) return { journals: [] };
  return { journals: before?.journals, hasUnjournaled: before?.hasUnjournaled };
}

/** The codes of which values may still be in the table. */
function codesAfter(
  { direction }: Run,
  { rewrote, counters }: Pick<SettledSequence, 'rewrote' | 'counters'>,
  codes: readonly VersionCode[],
): readonly VersionCode[] {
  if (direction === 'down') return counters.kept === 0 ? [] : codes;
  return rewrote ? codes.slice(-1) : codes;
}

/** A version that was settled by the pass of another one was not begun. */
function withSettled(codes: readonly VersionCode[], code: VersionCode): readonly VersionCode[] {
  return codes.some((known) => codeOf(known) === codeOf(code)) ? codes : withCode(codes, code);
}

function putVersion(before: Version | undefined, version: Version): LedgerChange {
  return {
    kind: 'putVersion',
    version,
    condition: before ? { name: 'versionIsAsRead', read: { status: before.status } } : recordIsNew,
  };
}
