import { createHash } from 'node:crypto';
import * as z from 'zod';
import { count } from './ledger-record.ts';

/** One part of the code of one bundle: the text is compressed, and cut into parts that fit into a record. */
export const KeptCodeRecord = z.object({
  table: z.string(),
  sequence: count,
  /** `Users/v3_split_name.ts` */
  file: z.string(),
  checksum: z.string(),
  formerChecksums: z.array(z.string()).default([]),
  bundleChecksum: z.string(),
  packages: z.array(z.string()).optional(),
  part: count,
  parts: count,
  text: z.instanceof(Uint8Array),
  /** When the first deploy kept it, ISO 8601. */
  at: z.string(),
});
export type KeptCodeRecord = z.infer<typeof KeptCodeRecord>;

/** A record holds up to 400 KB. */
export const maxPartBytes = 350_000;
/** Of a bundle. A larger one is not kept. */
export const maxParts = 10;

/** The `bundleChecksum` of a kept text, as bundle/checksums.ts makes it. */
export function checksumOfText(text: string): string {
  return `bundle:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
