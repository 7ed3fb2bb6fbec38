import { createHash, randomBytes } from 'node:crypto';
import { account } from '../../names.ts';

const idBytes = 24;

/** Creates a token that cannot be guessed and that contains the region. */
export function newTaskToken(region: string): string {
  const id = randomBytes(idBytes);
  return Buffer.concat([id, checksum(id, region)]).toString('base64');
}

/** True if a text is a token of the region, even one from an earlier local AWS. */
export function isTaskToken(text: string, region: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  const id = bytes.subarray(0, idBytes);
  return bytes.toString('base64') === text && checksum(id, region).equals(bytes.subarray(idBytes));
}

function checksum(id: Buffer, region: string): Buffer {
  return createHash('sha256').update(`${account}:${region}:`).update(id).digest();
}
