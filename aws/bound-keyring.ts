import { type KMS, KmsKeyringNode } from '@aws-crypto/client-node';

/** What data belongs to, as an encryption context: KMS and the message both check it. */
export type Binding = Readonly<Record<string, string>>;

/** The data was not encrypted for its owner by this service, or not all of it arrived. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';

  constructor(options?: { cause: unknown }) {
    super('The data is not what was encrypted for its owner.', options);
  }
}

/** The keyring puts KMS's errors into the text of its own: `errorOfKms` gives the last one as it was. */
export interface BoundKeyring {
  keyring: KmsKeyringNode;
  errorOfKms(): unknown;
}

/** KMS is asked for the owner's keys only: it is the run that says what may be decrypted, not the message. */
export function boundKeyring(kms: KMS, keyArn: string, binding: Binding): BoundKeyring {
  let seen: unknown;
  const answered = <T>(answer: T): T => {
    seen = undefined;
    return answer;
  };
  const remember = (error: unknown): never => {
    seen = error;
    throw error;
  };
  const client = {
    generateDataKey: async (input: GenerateDataKeyInput) => {
      const { KeyId, Plaintext, CiphertextBlob } = await kms.generateDataKey(input).then(answered, remember);
      return { KeyId: given(KeyId), Plaintext: given(Plaintext), CiphertextBlob: given(CiphertextBlob) };
    },
    encrypt: async (input: EncryptInput) => {
      const { KeyId, CiphertextBlob } = await kms.encrypt(input).then(answered, remember);
      return { KeyId: given(KeyId), CiphertextBlob: given(CiphertextBlob) };
    },
    decrypt: async (input: DecryptInput) => {
      if (!isBoundTo(binding, input.EncryptionContext ?? {})) return remember(new NotOurs());
      const { KeyId, Plaintext } = await kms.decrypt(input).then(answered, remember);
      return { KeyId: given(KeyId), Plaintext: given(Plaintext) };
    },
  };
  const keyring = new KmsKeyringNode({ generatorKeyId: keyArn, clientProvider: () => client });
  return { keyring, errorOfKms: () => seen };
}

/** True if the context of a message says all that the binding says. */
export function isBoundTo(binding: Binding, context: Binding): boolean {
  return Object.entries(binding).every(([name, value]) => context[name] === value);
}

type GenerateDataKeyInput = Parameters<KMS['generateDataKey']>[0];
type EncryptInput = Parameters<KMS['encrypt']>[0];
type DecryptInput = Parameters<KMS['decrypt']>[0];

/** The SDK's types let every field of an answer be missing. */
function given<T>(field: T | undefined): T {
  if (field === undefined) throw new TypeError('KMS left out a field of its answer');
  return field;
}
