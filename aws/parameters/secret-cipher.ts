import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { RunError } from '../../core/errors.ts';
import type { SecretCipher, SecretOwner } from '../../core/ledger/given.ts';
import { ciphertextRefusals, keyRefusals } from '../refusals.ts';

/** Encrypts values of secret parameters under the service's key, each bound to its table, version and name. */
export class KmsSecretCipher implements SecretCipher {
  readonly #kms: KMSClient;
  readonly #key: string;

  /** @param key ARN */
  constructor(kms: KMSClient, key: string) {
    this.#kms = kms;
    this.#key = key;
  }

  async encrypt(owner: SecretOwner, text: string): Promise<string> {
    try {
      const { CiphertextBlob } = await this.#kms.send(
        new EncryptCommand({ KeyId: this.#key, Plaintext: new TextEncoder().encode(text), EncryptionContext: contextOf(owner) }),
      );
      if (!CiphertextBlob) throw new TypeError('KMS left out the ciphertext of its answer');
      return Buffer.from(CiphertextBlob).toString('base64');
    } catch (error) {
      throw explained(error, owner, 'encrypted');
    }
  }

  async decrypt(owner: SecretOwner, encrypted: string): Promise<string> {
    try {
      const { Plaintext } = await this.#kms.send(
        new DecryptCommand({ KeyId: this.#key, CiphertextBlob: Buffer.from(encrypted, 'base64'), EncryptionContext: contextOf(owner) }),
      );
      return new TextDecoder().decode(Plaintext);
    } catch (error) {
      throw explained(error, owner, 'decrypted');
    }
  }
}

/** KMS compares it with that of the encryption. */
function contextOf({ table, sequence, parameter }: SecretOwner): Record<string, string> {
  return { 'dynamodt:table': table, 'dynamodt:sequence': String(sequence), 'dynamodt:parameter': parameter };
}

function explained(error: unknown, { table, sequence, parameter }: SecretOwner, doing: 'encrypted' | 'decrypted'): unknown {
  const name = error instanceof Error ? error.name : '';
  const what = `"${parameter}" of ${table} v${sequence} cannot be ${doing}`;
  const fields = { table, sequence, parameter };
  if (ciphertextRefusals.has(name))
    return new RunError(
      'InvalidParameters',
      `${what}: it was encrypted with another key, or for another table, version or parameter. Give it again with \`dynamodt up ${table} --set ${sequence}.${parameter}=…\`, which encrypts it.`,
      { fields, cause: error },
    );
  if (keyRefusals.has(name))
    return new RunError(
      'InvalidParameters',
      `${what}: ${name} from KMS. Permit it to whoever ${doing === 'encrypted' ? 'starts runs (`grantOperate`)' : 'runs it, and enable the key'}, then start again.`,
      { fields, cause: error },
    );
  return error;
}
