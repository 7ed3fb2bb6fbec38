import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  type KMS,
  NodeCachingMaterialsManager,
} from '@aws-crypto/client-node';
import type { JournalObject } from '../../core/journal/journal-port.ts';
import { type Binding, type BoundKeyring, boundKeyring, isBoundTo, NotOurs } from '../bound-keyring.ts';

const { encrypt, decrypt } = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: 1,
});

/** Without a signature: whoever may use the data key could sign, too. */
const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;
/** A frame has its own call of the cipher, so an object is one of few. */
const frameLength = 1 << 20;
/** Longer than an invocation of Lambda. */
const maxKeyAgeMs = 60 * 60 * 1000;
/** Max writers whose data key is kept: a worker writes for one, and reads what the attempts of one segment wrote. */
const maxWriters = 16;
/** Of a text: more is not read. A group has about a megabyte of items, or one change, which can write 100 items. */
const maxTextBytes = 256 * 1024 * 1024;

/** Who encrypts: one worker, at one segment of one pass. */
type Writer = Omit<JournalObject, 'number'>;

interface Keys extends Pick<BoundKeyring, 'errorOfKms'> {
  manager: NodeCachingMaterialsManager;
}

/**
 * Encrypts objects of the journal under a KMS key with the AWS Encryption SDK, bound to the worker that wrote them. All objects of one worker
 * have one data key, so KMS is called once by it, and once by whoever reads them.
 */
export class JournalCipher {
  readonly #kms: KMS;
  readonly #keyArn: string;
  readonly #keys = new Map<string, Keys>();

  constructor(kms: KMS, keyArn: string) {
    this.#kms = kms;
    this.#keyArn = keyArn;
  }

  /** @throws the errors of KMS */
  async encrypt(writer: Writer, text: string): Promise<Uint8Array> {
    const encryptionContext = bindingOf(writer);
    const { manager, errorOfKms } = this.#keysOf(encryptionContext);
    const plaintext = await promisify(gzip)(text, { level: constants.Z_BEST_SPEED });
    try {
      const { result } = await encrypt(manager, plaintext, { suiteId, frameLength, encryptionContext, plaintextLength: plaintext.length });
      return result;
    } catch (error) {
      throw errorOfKms() ?? error;
    }
  }

  /**
   * @throws NotOurs: when the data was tampered with, or another worker wrote it
   * @throws the errors of KMS
   */
  async decrypt(writer: Writer, ciphertext: Uint8Array): Promise<string> {
    const binding = bindingOf(writer);
    const { manager, errorOfKms } = this.#keysOf(binding);
    try {
      const { plaintext, messageHeader } = await decrypt(manager, Buffer.from(ciphertext));
      if (!isBoundTo(binding, messageHeader.encryptionContext)) throw new NotOurs();
      return (await promisify(gunzip)(plaintext, { maxOutputLength: maxTextBytes })).toString('utf8');
    } catch (error) {
      throw errorOfKms() ?? (error instanceof NotOurs ? error : new NotOurs({ cause: error }));
    }
  }

  #keysOf(binding: Binding): Keys {
    const name = JSON.stringify(binding);
    const keys = this.#keys.get(name) ?? this.#newKeys(binding);
    // The one that was not used for the longest time is first.
    this.#keys.delete(name);
    this.#keys.set(name, keys);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > maxWriters && oldest !== undefined) this.#keys.delete(oldest);
    return keys;
  }

  #newKeys(binding: Binding): Keys {
    const { keyring, errorOfKms } = boundKeyring(this.#kms, this.#keyArn, binding);
    const cache = getLocalCryptographicMaterialsCache(2);
    return { manager: new NodeCachingMaterialsManager({ backingMaterials: keyring, cache, maxAge: maxKeyAgeMs }), errorOfKms };
  }
}

function bindingOf({ table, sequence, run, pass, segment, attempt }: Writer): Binding {
  return {
    'dynamodt:table': table,
    'dynamodt:sequence': String(sequence),
    'dynamodt:run': run,
    'dynamodt:pass': String(pass),
    'dynamodt:segment': String(segment),
    'dynamodt:attempt': String(attempt),
  };
}
