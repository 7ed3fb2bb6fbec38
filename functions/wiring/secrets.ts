import { type Given, type GivenValues, openGiven as open, type SecretCipher, type SecretOwner } from '../../core/ledger/given.ts';
import { environment } from './environment.ts';

let opened: Promise<SecretCipher> | undefined;

/** Loaded only if needed: few versions have secret parameters, and the client of KMS would slow down each start of a worker. */
function cipher(): Promise<SecretCipher> {
  opened ??= import('../../aws/parameters/open-secrets.ts').then(({ openSecrets }) => openSecrets(environment.key));
  return opened;
}

const decrypted = new Map<string, Promise<string>>();

/** Encrypts and decrypts secret parameters with the service's key. */
export const secrets: SecretCipher = {
  encrypt: async (owner, text) => (await cipher()).encrypt(owner, text),
  decrypt: async (owner, encrypted) => (await cipher()).decrypt(owner, encrypted),
};

/** What a version is given, as its functions get it. A secret is decrypted once in the lifetime of the container. */
export function openGiven(version: Omit<SecretOwner, 'parameter'>, given: Given | undefined): Promise<GivenValues> {
  return open(version, given, (owner, encrypted) => {
    const of = JSON.stringify([owner.table, owner.sequence, owner.parameter, encrypted]);
    const known = decrypted.get(of) ?? secrets.decrypt(owner, encrypted);
    decrypted.set(of, known);
    known.catch(() => decrypted.delete(of));
    return known;
  });
}
