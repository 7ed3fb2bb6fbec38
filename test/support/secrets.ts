import { type Given, type GivenValues, openGiven, type SecretCipher, type SecretOwner } from '../../core/ledger/given.ts';

/** A cipher that any test can read, bound to its owner as KMS does. */
export const readableSecrets: SecretCipher = {
  encrypt: async (owner, text) => Buffer.from(JSON.stringify({ owner, text })).toString('base64'),
  decrypt: async (owner, encrypted) => {
    const sealed: { owner: SecretOwner; text: string } = JSON.parse(Buffer.from(encrypted, 'base64').toString());
    if (JSON.stringify(sealed.owner) !== JSON.stringify(owner)) throw new Error('it was encrypted for another owner');
    return sealed.text;
  },
};

export function openReadable(version: Omit<SecretOwner, 'parameter'>, given: Given | undefined): Promise<GivenValues> {
  return openGiven(version, given, readableSecrets.decrypt);
}
