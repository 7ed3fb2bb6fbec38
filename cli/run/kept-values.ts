import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { countOf } from '../../core/count-of.ts';
import type { RunStep } from '../../core/ledger/run.ts';
import { codesOf } from '../../core/ledger/versions/version-codes.ts';
import type { FileWarning } from '../../core/run/file-warnings.ts';
import type { RunInput } from '../../core/run/run-input.ts';
import { codeOf, isSameCode } from '../../core/transformation/catalog.ts';
import type { RunDocument } from './run-document.ts';

type CodeOfStep = Pick<RunStep, 'sequence' | 'checksum' | 'bundleChecksum'>;

/** A version that was swept once more leaves every value that exists, which is not what one expects who mended its file. */
export async function keptValues(
  { table, again, rewrite }: RunInput,
  { status, counters: { differing } }: RunDocument,
  steps: readonly CodeOfStep[],
  { ledger }: Pick<DeployedService, 'ledger'>,
): Promise<FileWarning[]> {
  if (again === undefined || rewrite || status !== 'succeeded' || differing === 0) return [];
  // The run is over: if this cannot be read, the advice is the cautious one.
  const versions = await ledger.versions(table).catch(() => []);
  // A dry run is not among the runs that took the version, so its own code may be none of these.
  const present = steps.find(({ sequence }) => sequence === again);
  const codes = codesOf(versions.find(({ sequence }) => sequence === again));
  const earlier = present ? codes.filter((code) => !isSameCode(present, codeOf(code))) : codes.slice(0, -1);
  const kept = `${countOf(differing, 'item keeps', 'items keep')} values that differ from what v${again} gives now, because a version that adds never changes an existing value.`;
  const advice =
    earlier.length > 0
      ? `\`dynamodt up ${table} --again ${again} --rewrite\` sets again what an earlier code of v${again} gave, and keeps what the application wrote.`
      : `The ledger knows no other code that a run took v${again} with, so the application wrote them.`;
  return [{ name: 'ValuesKept', sequence: again, message: `${kept} ${advice}` }];
}
