import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { countOf } from '../../core/count-of.ts';
import type { Preparation } from '../../core/ledger/preparation.ts';
import type { Run } from '../../core/ledger/run.ts';
import { versionList } from '../../core/ledger/versions/version-list.ts';
import { ownValue } from '../../core/own-value.ts';
import type { FileWarning } from '../../core/run/file-warnings.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';

/** What is told of a preparation; never its data. */
export type PreparedShown = Pick<Preparation, 'sequence' | 'checksum' | 'version' | 'bytes' | 'entries' | 'digest' | 'at'>;

export function preparedShown({ sequence, checksum, version, bytes, entries, digest, at }: Preparation): PreparedShown {
  return {
    sequence,
    checksum,
    version,
    bytes,
    ...(entries === undefined ? {} : { entries }),
    ...(digest === undefined ? {} : { digest }),
    at,
  };
}

/** The preparations that a run gathered. */
export async function preparedBy(
  { table, steps, execution }: Run,
  { preparationRecords }: Pick<DeployedService, 'preparationRecords'>,
): Promise<PreparedShown[]> {
  const found = await Promise.all(
    // The run is over: what cannot be read is not told.
    steps.map(({ sequence, checksum }) => preparationRecords.preparation({ table, sequence, checksum }).catch(() => undefined)),
  );
  return found.flatMap((preparation) => (preparation?.by === execution ? [preparedShown(preparation)] : []));
}

/** `v4: 12,345 bytes of JSON, 200 entries, digest 0123456789abcdef` */
export function preparedText({ sequence, bytes, entries, digest }: PreparedShown): string {
  const parts = [
    `${countOf(bytes, 'byte')} of JSON`,
    ...(entries === undefined ? [] : [countOf(entries, 'entry', 'entries')]),
    ...(digest === undefined ? [] : [`digest ${digest}`]),
  ];
  return `v${sequence}: ${parts.join(', ')}`;
}

/** A preparation that was gathered before an earlier version was applied: if `prepare` scanned the table, it found the old shape. */
export async function preparedEarly(
  table: string,
  prepared: readonly number[],
  service: { ledger: Pick<DeployedService['ledger'], 'versions'>; catalog(): Promise<Pick<Catalog, 'tables'> | undefined> },
): Promise<FileWarning[]> {
  if (prepared.length === 0) return [];
  // What cannot be read warns of nothing: what was gathered is kept.
  const [versions, catalog] = await Promise.all([service.ledger.versions(table), service.catalog()]).catch(() => [[], undefined] as const);
  const applied = versions.filter(({ status }) => status === 'applied').map(({ sequence }) => sequence);
  const deployed = (ownValue(catalog?.tables ?? {}, table)?.files ?? []).map(({ sequence }) => sequence);
  return prepared.flatMap((sequence) => {
    const before = [...new Set(deployed)].filter((other) => other < sequence && !applied.includes(other)).sort((a, b) => a - b);
    if (before.length === 0) return [];
    const message = `v${sequence} was prepared while ${versionList(before)} ${before.length === 1 ? 'is' : 'are'} pending: if its prepare reads the table, it found items of the shape before. Apply what is before it, \`dynamodt up ${table} --to ${before.at(-1)}\`, then \`dynamodt prepare ${table} --sequence ${sequence}\` again.`;
    return [{ name: 'PreparedEarly' as const, sequence, message }];
  });
}
