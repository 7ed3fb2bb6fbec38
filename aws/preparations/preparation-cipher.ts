import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { buildClient, CommitmentPolicy, type KMS, KmsKeyringNode } from '@aws-crypto/client-node';
import type { PreparationOwner } from '../../core/ledger/preparation.ts';

const { encrypt, decrypt } = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: 1,
});

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
    const { keyring } = this.#keyring(owner);
    const { result } = await encrypt(keyring, await promisify(gzip)(text), { encryptionContext: contextOf(owner) });
    return result;
  }

  /**
   * @param maxBytes max bytes of the text; a longer one is refused before it fills the memory
   * @throws NotOurs: when the data was tampered with, or belongs to another version
   * @throws the errors of KMS
   */
  async decrypt(owner: PreparationOwner, ciphertext: Uint8Array, maxBytes: number): Promise<string> {
    const { keyring, errorOfKms } = this.#keyring(owner);
    try {
      const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(ciphertext));
      if (!isBoundTo(owner, messageHeader.encryptionContext)) throw new NotOurs();
      return (await promisify(gunzip)(plaintext, { maxOutputLength: maxBytes })).toString('utf8');
    } catch (error) {
      // The keyring puts KMS's errors into the text of its own.
      throw errorOfKms() ?? (error instanceof NotOurs ? error : new NotOurs({ cause: error }));
    }
  }

  /** KMS is asked for the owner's keys only: it is the run that says what may be decrypted, not the message. */
  #keyring(owner: PreparationOwner) {
    let seen: unknown;
    const remember = (error: unknown): never => {
      seen = error;
      throw error;
    };
    const kms = this.#kms;
    const client = {
      generateDataKey: async (input: GenerateDataKeyInput) => {
        const { KeyId, Plaintext, CiphertextBlob } = await kms.generateDataKey(input).catch(remember);
        return { KeyId: given(KeyId), Plaintext: given(Plaintext), CiphertextBlob: given(CiphertextBlob) };
      },
      encrypt: async (input: EncryptInput) => {
        const { KeyId, CiphertextBlob } = await kms.encrypt(input).catch(remember);
        return { KeyId: given(KeyId), CiphertextBlob: given(CiphertextBlob) };
      },
      decrypt: async (input: DecryptInput) => {
        if (!isBoundTo(owner, input.EncryptionContext ?? {})) return remember(new NotOurs());
        const { KeyId, Plaintext } = await kms.decrypt(input).catch(remember);
        return { KeyId: given(KeyId), Plaintext: given(Plaintext) };
      },
    };
    const keyring = new KmsKeyringNode({ generatorKeyId: this.#keyArn, clientProvider: () => client });
    return { keyring, errorOfKms: () => seen };
  }
}

type GenerateDataKeyInput = Parameters<KMS['generateDataKey']>[0];
type EncryptInput = Parameters<KMS['encrypt']>[0];
type DecryptInput = Parameters<KMS['decrypt']>[0];

/** The SDK's types let every field of an answer be missing. */
function given<T>(field: T | undefined): T {
  if (field === undefined) throw new TypeError('KMS left out a field of its answer');
  return field;
}

/** The data was not encrypted for its owner by this service, or not all of it arrived. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';

  constructor(options?: { cause: unknown }) {
    super('The data is not what was encrypted for its owner.', options);
  }
}

function isBoundTo(owner: PreparationOwner, context: Readonly<Record<string, string>>): boolean {
  return Object.entries(contextOf(owner)).every(([name, value]) => context[name] === value);
}

function contextOf({ table, sequence, checksum }: PreparationOwner): Record<string, string> {
  return {
    'dynamodt:table': table,
    'dynamodt:sequence': String(sequence),
    'dynamodt:checksum': checksum,
  };
}
