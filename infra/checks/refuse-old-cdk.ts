import { createRequire } from 'node:module';
import * as z from 'zod';

/** The oldest aws-cdk-lib that the construct works with, and that package.json names as a peer. */
export const oldestCdk = '2.170.0';

/** @throws Error: when the aws-cdk-lib of the app is too old, which npm refuses only if it is not told otherwise */
export function refuseOldCdk(): void {
  const { version } = z.object({ version: z.string() }).parse(createRequire(import.meta.url)('aws-cdk-lib/package.json'));
  if (isOlder(version, oldestCdk)) throw new Error(`aws-cdk-lib ${version} is too old: dynamodt needs ${oldestCdk} or newer.`);
}

/** Compares `major.minor`. */
export function isOlder(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
