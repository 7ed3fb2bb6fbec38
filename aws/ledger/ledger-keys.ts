/** The keys of the ledger's records. Numbers are padded, so that they sort as numbers. */
export const lockKey = (table: string) => ({ pk: `table#${table}`, sk: 'lock' });
export const versionKey = (table: string, sequence: number) => ({ pk: `table#${table}`, sk: `version#${padded(sequence, 6)}` });
/** The newest preparation of a version that this code made. */
export const preparationKey = (table: string, sequence: number, checksum: string) => ({
  pk: `table#${table}`,
  sk: `preparation#${padded(sequence, 6)}#${checksum}`,
});
/** How far the seeds of a version are inserted. */
export const seedKey = (table: string, sequence: number) => ({ pk: `table#${table}`, sk: `seed#${padded(sequence, 6)}` });
export const runKey = (table: string, run: string) => ({ pk: `table#${table}`, sk: `run#${run}` });
export const controlKey = (run: string) => ({ pk: `run#${run}#control`, sk: 'control' });

/** Checkpoints of a run are spread over so many partitions, since all its workers write them. */
export const checkpointPartitions = 16;
export const checkpointPartition = (run: string, segment: number): string => `run#${run}#${segment % checkpointPartitions}`;
export const passPrefix = (pass: number): string => `pass#${padded(pass, 4)}#`;
export const checkpointKey = (run: string, pass: number, segment: number) => ({
  pk: checkpointPartition(run, segment),
  sk: `${passPrefix(pass)}segment#${padded(segment, 5)}`,
});

/** What stays of a settled pass. */
export const settledPassKey = (run: string, pass: number) => ({ pk: `run#${run}#passes`, sk: `pass#${padded(pass, 4)}` });

/** @param id the same for the same item, so that a replayed page records it once */
export const failureKey = (run: string, pass: number, segment: number, id: string) => ({
  pk: `run#${run}#failures`,
  sk: `${passPrefix(pass)}segment#${padded(segment, 5)}#${id}`,
});

/** What a deploy published: the tables and transformation files that the service knows. */
export const catalogKey = { pk: 'catalog', sk: 'catalog' };

const padded = (number: number, length: number): string => String(number).padStart(length, '0');
