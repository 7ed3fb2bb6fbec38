import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { RunError } from '../../core/errors.ts';
import type { SecretCipher } from '../../core/ledger/given.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';

const prefix = 'own:';

/**
 * For functions that run in the operator's own process: a secret that the operator gave is not sent to KMS, and one from the ledger is
 * decrypted there.
 */
export function ownSecrets(service: Pick<DeployedService, 'secrets'>, place: Catalog['preparations']): SecretCipher {
  return {
    encrypt: async (_, text) => Buffer.from(`${prefix}${text}`).toString('base64'),
    decrypt: async (owner, encrypted) => {
      const text = Buffer.from(encrypted, 'base64').toString();
      if (text.startsWith(prefix)) return text.slice(prefix.length);
      if (place) return service.secrets(place).decrypt(owner, encrypted);
      throw new RunError(
        'InvalidParameters',
        `"${owner.parameter}" of ${owner.table} v${owner.sequence} is encrypted, and no deployed service names the key.`,
        { fields: owner },
      );
    },
  };
}
