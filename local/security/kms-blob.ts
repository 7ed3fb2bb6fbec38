import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ApiError } from '../http/api-error.ts';
import type { Json } from '../json.ts';

const ivBytes = 12;
const tagBytes = 16;

/** Encrypts with AES-256-GCM into `length of id | id | iv | tag | ciphertext`; the encryption context and the id are authenticated. */
export function encryptBlob({ key, id }: { key: Buffer; id: string }, plaintext: Buffer, context: Json | undefined): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(authenticated(id, context));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from([id.length]), Buffer.from(id), iv, cipher.getAuthTag(), ciphertext]);
}

/** The id of the key in a blob; arbitrary bytes if the blob was not made here. */
export function keyIdOf(blob: Buffer): string {
  return blob.toString('latin1', 1, 1 + (blob[0] ?? 0));
}

/**
 * Decrypts a blob.
 *
 * @throws ApiError InvalidCiphertextException: when the encryption context differs, or any byte was changed.
 */
export function decryptBlob({ key, id }: { key: Buffer; id: string }, blob: Buffer, context: Json | undefined): Buffer {
  const start = 1 + id.length;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(start, start + ivBytes)).setAAD(authenticated(id, context));
    decipher.setAuthTag(blob.subarray(start + ivBytes, start + ivBytes + tagBytes));
    return Buffer.concat([decipher.update(blob.subarray(start + ivBytes + tagBytes)), decipher.final()]);
  } catch {
    throw new ApiError('InvalidCiphertextException', 'The ciphertext was changed, or its encryption context differs.');
  }
}

function authenticated(id: string, context: Json | undefined): Buffer {
  const pairs = Object.entries(context ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([id, pairs]));
}
