/** The keys of the ledger's records. Numbers are padded, so that they sort as numbers. */
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

/** How far the seeds of a version are inserted. */
export function seedKey(table: string, sequence: number) {
  return { pk: `table#${table}`, sk: `seed#${padded(sequence, 6)}` };
}

export function runKey(table: string, run: string) {
  return { pk: `table#${table}`, sk: `run#${run}` };
}

export function controlKey(run: string) {
  return { pk: `run#${run}#control`, sk: 'control' };
}

/** The number of partitions over which a run's checkpoints are spread, since all its workers write them. */
export const checkpointPartitions = 16;

function checkpointPartition(run: string, segment: number): string {
  return `run#${run}#${segment % checkpointPartitions}`;
}

export function passPrefix(pass: number): string {
  return `pass#${padded(pass, 4)}#`;
}

export function checkpointKey(run: string, pass: number, segment: number) {
  return {
    pk: checkpointPartition(run, segment),
    sk: `${passPrefix(pass)}segment#${padded(segment, 5)}`,
  };
}

/** The summary of a settled pass. */
export function settledPassKey(run: string, pass: number) {
  return { pk: `run#${run}#passes`, sk: `pass#${padded(pass, 4)}` };
}

/** @param id the same for the same item, so that a replayed page records it once */
export function failureKey(run: string, pass: number, segment: number, id: string) {
  return {
    pk: `run#${run}#failures`,
    sk: `${passPrefix(pass)}segment#${padded(segment, 5)}#${id}`,
  };
}

/** An item that a dry run would change. @param id the same for the same item, so that a replayed page records it once */
export function toChangeKey(run: string, pass: number, segment: number, id: string) {
  return {
    pk: `run#${run}#toChange`,
    sk: `${passPrefix(pass)}segment#${padded(segment, 5)}#${id}`,
  };
}

/** What a deploy published: the tables and transformation files that the service knows. */
export const catalogKey = { pk: 'catalog', sk: 'catalog' };

function padded(number: number, length: number): string {
  return String(number).padStart(length, '0');
}
