import { RunError } from '../../errors.ts';
import { baselineRun, mayChange, statusAfter, type Version } from '../../ledger/versions/version.ts';
import { deployedFile, type PublishedFile } from '../../transformation/catalog.ts';
import type { Amendment } from './amend-versions.ts';

/** Which versions an operator says are in the table already. */
export interface Baseline {
  table: string;
  /** As deployed. */
  files: readonly PublishedFile[];
  /** All up to this one; with `sequences`, those of them up to this one. */
  to: number | undefined;
  /** Exactly these, as a predecessor has recorded them. */
  sequences: readonly number[] | undefined;
  by: string;
  /** Of the table; undefined if DynamoDB does not tell it. */
  tableId?: string | undefined;
  /** ISO 8601 */
  now: string;
}

/** The sequences that are meant: with a file, and without one; a version without a file cannot be recorded, as it has no checksum. */
export function sequencesToBaseline({ files, to = Infinity, sequences }: Baseline): { deployed: number[]; missing: number[] } {
  const known = [...new Set(files.map(({ sequence }) => sequence))];
  const meant = [...(sequences ?? known)].filter((sequence) => sequence <= to).sort((a, b) => a - b);
  return {
    deployed: meant.filter((sequence) => known.includes(sequence)),
    missing: meant.filter((sequence) => !known.includes(sequence)),
  };
}

/**
 * Marks versions as applied without running them. What is applied already stays as it is.
 *
 * @returns empty where all of them are applied
 * @throws RunError InvalidInput: when `to` is not deployed, or a run began one of the versions and did not end it
 * @throws RunError InvalidTransformation
 */
export function baselineVersions(baseline: Baseline, versions: readonly Version[]): Amendment[] {
  const { table, files, to, sequences, by, now, tableId } = baseline;
  if (to !== undefined && !sequences && !deployedFile(files, to)) throw notDeployed(table, to, files);
  return sequencesToBaseline(baseline).deployed.flatMap((sequence): Amendment[] => {
    const before = versions.find((version) => version.sequence === sequence);
    if (before?.status === 'applied') return [];
    if (!mayChange('baseline', before?.status))
      throw new RunError(
        'InvalidInput',
        `${table} v${sequence} is ${before?.status}: a run began it and did not end it, so only a run can say what the table holds. Go on with \`dynamodt up ${table}\`, or take it back with \`dynamodt down ${table}\`. Nothing was changed.`,
        { fields: { table, sequence } },
      );
    const deployed = deployedFile(files, sequence);
    if (!deployed) return [];
    const { checksum, file } = deployed;
    const status = statusAfter('baseline', before?.status);
    const fromPredecessor = sequences ? { fromPredecessor: true } : {};
    return [{ before, after: { table, sequence, status, checksum, file, run: baselineRun, at: now, by, tableId, ...fromPredecessor } }];
  });
}

function notDeployed(table: string, to: number, files: readonly PublishedFile[]): RunError {
  const known = files.map(({ sequence }) => sequence).sort((a, b) => a - b);
  return new RunError(
    'InvalidInput',
    `There is no ${table} v${to} in the deployed service, so what it would have done is not known. Deployed versions: ${known.map((sequence) => `v${sequence}`).join(', ') || 'none'}. Deploy transformations/${table}/v${to}*.ts, or name another version.`,
    { fields: { table, sequence: to } },
  );
}
