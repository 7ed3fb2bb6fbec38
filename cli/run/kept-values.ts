import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { countOf } from '../../core/count-of.ts';
import { codesOf } from '../../core/ledger/versions/version-codes.ts';
import type { FileWarning } from '../../core/run/file-warnings.ts';
import type { RunInput } from '../../core/run/run-input.ts';
import type { RunDocument } from './run-document.ts';

/** A version that was swept once more leaves every value that exists, which is not what one expects who mended its file. */
export async function keptValues(
  { table, again, rewrite }: RunInput,
  { status, counters: { differing } }: RunDocument,
  { ledger }: Pick<DeployedService, 'ledger'>,
): Promise<FileWarning[]> {
  if (again === undefined || rewrite || status !== 'succeeded' || differing === 0) return [];
  // The run is over: if this cannot be read, the advice is the cautious one.
  const versions = await ledger.versions(table).catch(() => []);
  const codes = codesOf(versions.find(({ sequence }) => sequence === again));
  const kept = `${countOf(differing, 'item keeps', 'items keep')} values that differ from what v${again} gives now, because a version that adds never changes an existing value.`;
  const advice =
    codes.length > 1
      ? `\`dynamodt up ${table} --again ${again} --rewrite\` sets again what an earlier code of v${again} gave, and keeps what the application wrote.`
      : `The ledger knows no other code that a run took v${again} with, so the application wrote them.`;
  return [{ name: 'ValuesKept', sequence: again, message: `${kept} ${advice}` }];
}
