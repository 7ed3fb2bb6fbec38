import type { PauseAfter } from '../../core/ledger/limits/pause-after.ts';

/*
 * The keys of the ledger's records. Numbers are padded, so that they sort as numbers. What workers put has prefixes of its own, because IAM
 * permits by the beginning of a partition key: `checkpoints#`, `failures#`, `toChange#` and `seeds#`. So has what operators put, `holds#`,
 * what deploys keep, `code#`, and what the follower of a stream puts, `follow#`.
 */

/** Who holds a table, or held it last. */
export function lockKey(table: string) {
  return { pk: `table#${table}`, sk: 'lock' };
}

export function versionKey(table: string, sequence: number) {
  return { pk: `table#${table}`, sk: `version#${padded(sequence, 6)}` };
}

/** The newest preparation of a version that this code made. */
export function preparationKey(table: string, sequence: number, checksum: string) {
  return {
    pk: `table#${table}`,
    sk: `preparation#${padded(sequence, 6)}#${checksum}`,
  };
}

/** Partition key of the code of a table's versions that deploys kept. */
export function keptCodeOf(table: string): string {
  return `code#${table}`;
}

/** Prefix of the sort keys of a version's kept code: of one bundle, or of all. */
export function keptCodePrefix(sequence: number, bundleChecksum?: string): string {
  return `version#${padded(sequence, 6)}#${bundleChecksum === undefined ? '' : `${bundleChecksum}#`}`;
}

/** A part of the kept code of one bundle. */
export function keptCodeKey(table: string, sequence: number, bundleChecksum: string, part: number) {
  return { pk: keptCodeOf(table), sk: `${keptCodePrefix(sequence, bundleChecksum)}${padded(part, 2)}` };
}

/** How far the seeds of a version are inserted. */
export function seedKey(table: string, sequence: number) {
  return { pk: `seeds#${table}`, sk: `seed#${padded(sequence, 6)}` };
}

/** The last hold of a table. */
export function holdKey(table: string) {
  return { pk: `holds#${table}`, sk: 'hold' };
}

/** The warnings that operators acknowledged. */
export function acknowledgedKey(table: string) {
  return { pk: `holds#${table}`, sk: 'acknowledged' };
}

/** Partition key of all that the follower of a table's stream puts. */
export function followOf(table: string): string {
  return `follow#${table}`;
}

export function followControlKey(table: string) {
  return { pk: followOf(table), sk: 'control' };
}

/** What was brought up for a version in an hour, such as `2026-11-27T12`. */
export function followHourKey(table: string, hour: string, sequence: number) {
  return { pk: followOf(table), sk: `hour#${hour}#${padded(sequence, 6)}` };
}

export function followedVersionKey(table: string, sequence: number) {
  return { pk: followOf(table), sk: `version#${padded(sequence, 6)}` };
}

/** Until when units of the follower's budget are given away. */
export function sharedUnitsKey(table: string, kind: 'reads' | 'writes') {
  return { pk: followOf(table), sk: `units#${kind}` };
}

/** An item that the follower could not bring up. @param id the same for the same item */
export function followFailureKey(table: string, id: string) {
  return { pk: followOf(table), sk: `failed#${id}` };
}

export function runKey(table: string, run: string) {
  return { pk: `table#${table}`, sk: `run#${run}` };
}

/** What a part of a run was; in the order of runs and parts. */
export function partKey(table: string, run: string, part: number) {
  return { pk: `table#${table}`, sk: `part#${run}#${padded(part, 4)}` };
}

/** A start that was refused, in the order of starts. */
export function refusedStartKey(table: string, id: string, redriveCount: number) {
  return { pk: `table#${table}`, sk: `refused#${id}#${padded(redriveCount, 4)}` };
}

export function controlKey(run: string) {
  return { pk: `run#${run}#control`, sk: 'control' };
}

/** What workers claimed under a limit of the run. */
export function claimsKey(run: string, { since, run: before }: PauseAfter) {
  return { pk: controlKey(before ?? run).pk, sk: `claims#${since}` };
}

/** The number of partitions over which a run's checkpoints are spread, since all its workers write them. */
const checkpointPartitions = 16;

function checkpointPartition(run: string, index: number): string {
  return `checkpoints#${run}#${index}`;
}

/** Partition keys of all checkpoints of a run. @param segments of the pass that is asked for: fewer than there are partitions leave some empty */
export function checkpointPartitionsOf(run: string, segments = checkpointPartitions): string[] {
  return Array.from({ length: Math.min(segments, checkpointPartitions) }, (_, index) => checkpointPartition(run, index));
}

export function passPrefix(pass: number): string {
  return `pass#${padded(pass, 4)}#`;
}

export function checkpointKey(run: string, pass: number, segment: number) {
  return {
    pk: checkpointPartition(run, segment % checkpointPartitions),
    sk: `${passPrefix(pass)}segment#${padded(segment, 5)}`,
  };
}

/** The summary of a settled pass. */
export function settledPassKey(run: string, pass: number) {
  return { pk: `run#${run}#passes`, sk: `pass#${padded(pass, 4)}` };
}

/** Partition key of the failed items of a run. */
export function failuresOf(run: string): string {
  return `failures#${run}`;
}

/** Partition key of the items that a dry run would change. */
export function toChangeOf(run: string): string {
  return `toChange#${run}`;
}

/** @param id the same for the same item, so that a replayed page records it once */
export function failureKey(run: string, pass: number, segment: number, id: string) {
  return {
    pk: failuresOf(run),
    sk: `${passPrefix(pass)}segment#${padded(segment, 5)}#${id}`,
  };
}

/** An item that a dry run would change. @param id the same for the same item, so that a replayed page records it once */
export function toChangeKey(run: string, pass: number, segment: number, id: string) {
  return {
    pk: toChangeOf(run),
    sk: `${passPrefix(pass)}segment#${padded(segment, 5)}#${id}`,
  };
}

/** What a deploy published: the tables and transformation files that the service knows. */
export const catalogKey = { pk: 'catalog', sk: 'catalog' };

/** The key of a record as DynamoDB takes it. */
export function keyValues({ pk, sk }: { pk: string; sk: string }) {
  return { pk: { S: pk }, sk: { S: sk } };
}

function padded(number: number, length: number): string {
  return String(number).padStart(length, '0');
}
