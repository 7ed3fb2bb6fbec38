import { randomBytes } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { PreparationCipher } from '../../../aws/preparations/preparation-cipher.ts';

const keyArn = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
const owner = { table: 'Users', sequence: 3, checksum: 'c3' };

/** A KMS with one data key, which writes down the contexts it is asked with. */
function cipherWith() {
  const plaintext = randomBytes(32);
  const asked: unknown[] = [];
  const kms = new KMS({ region: 'us-east-1' });
  kms.middlewareStack.add(
    () => async (args) => {
      // The keyring overwrites the key after use.
      const { EncryptionContext } = args.input as { EncryptionContext?: object };
      asked.push(EncryptionContext);
      const output = { KeyId: keyArn, Plaintext: Uint8Array.from(plaintext), CiphertextBlob: new Uint8Array([1]), $metadata: {} };
      return { response: {}, output };
    },
    { step: 'initialize', priority: 'high' },
  );
  return { asked, cipher: new PreparationCipher(kms, keyArn) };
}

describe('the cipher of preparations', () => {
  it('encrypts for an owner, and decrypts for the same', async () => {
    const { asked, cipher } = cipherWith();
    const context = { 'dynamodt:table': 'Users', 'dynamodt:sequence': '3', 'dynamodt:checksum': 'c3' };

    expect(await cipher.decrypt(owner, await cipher.encrypt(owner, '{"a":1}'), 1000)).toBe('{"a":1}');

    expect(asked).toEqual([expect.objectContaining(context), expect.objectContaining(context)]);
  });

  it.each([{ table: 'Salaries' }, { sequence: 2 }, { checksum: 'c2' }])(
    'does not even ask KMS to decrypt what belongs to %o',
    async (of) => {
      const { asked, cipher } = cipherWith();
      const ciphertext = await cipher.encrypt({ ...owner, ...of }, '{"a":1}');
      asked.length = 0;

      await expect(cipher.decrypt(owner, ciphertext, 1000)).rejects.toMatchObject({ name: 'NotOurs' });

      expect(asked).toEqual([]);
    },
  );
});
