import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { buildClient, CommitmentPolicy, type KMS } from '@aws-crypto/client-node';
import type { PreparationOwner } from '../../core/ledger/preparation.ts';
import { type Binding, boundKeyring, isBoundTo, NotOurs } from '../bound-keyring.ts';

const { encrypt, decrypt } = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: 1,
});

/** The text has more bytes than a worker can hold. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** Encrypts under a KMS key with the AWS Encryption SDK, bound to what the data belongs to: KMS and the message both check it. */
export class PreparationCipher {
  readonly #kms: KMS;
  readonly #keyArn: string;

  constructor(kms: KMS, keyArn: string) {
    this.#kms = kms;
    this.#keyArn = keyArn;
  }

  /** @throws the errors of KMS */
  async encrypt(owner: PreparationOwner, text: string): Promise<Uint8Array> {
    const { keyring } = boundKeyring(this.#kms, this.#keyArn, contextOf(owner));
    const { result } = await encrypt(keyring, await promisify(gzip)(text), { encryptionContext: contextOf(owner) });
    return result;
  }

  /**
   * @param maxBytes max bytes of the text; a longer one is refused before it fills the memory
   * @throws TooLong
   * @throws NotOurs: when the data was tampered with, or belongs to another version
   * @throws the errors of KMS
   */
  async decrypt(owner: PreparationOwner, ciphertext: Uint8Array, maxBytes: number): Promise<string> {
    const { keyring, errorOfKms } = boundKeyring(this.#kms, this.#keyArn, contextOf(owner));
    try {
      const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(ciphertext));
      if (!isBoundTo(contextOf(owner), messageHeader.encryptionContext)) throw new NotOurs();
      return (await promisify(gunzip)(plaintext, { maxOutputLength: maxBytes })).toString('utf8');
    } catch (error) {
      if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw new TooLong();
      throw errorOfKms() ?? (error instanceof NotOurs ? error : new NotOurs({ cause: error }));
    }
  }
}

function contextOf({ table, sequence, checksum }: PreparationOwner): Binding {
  return {
    'dynamodt:table': table,
    'dynamodt:sequence': String(sequence),
    'dynamodt:checksum': checksum,
  };
}
