import { codeOf } from '../../transformation/catalog.ts';
import type { Version, VersionCode } from './version.ts';

/** Max codes of a version: the oldest are forgotten. */
const maxCodes = 20;

/**
 * The codes with which runs took a version since the table had it, in their order. A record from before codes were kept names one, and if it
 * was repaired, also the one from before.
 */
export function codesOf(version: Version | undefined): readonly VersionCode[] {
  if (version?.codes) return version.codes;
  if (!version || version.status === 'rolledBack') return [];
  const { checksum, preparation, given, repaired } = version;
  return [...(repaired ? [{ checksum: repaired.from }] : []), { checksum, preparation, given }];
}

/** The codes after a run took the version with one of them: it is the last now. */
export function withCode(codes: readonly VersionCode[], { checksum, bundleChecksum, preparation, given }: VersionCode): VersionCode[] {
  const code = { checksum, bundleChecksum, preparation, given };
  const others = codes.filter(
    (other) => codeOf(other) !== codeOf(code) && !(other.bundleChecksum === undefined && other.checksum === checksum),
  );
  return [...others, code].slice(-maxCodes);
}
