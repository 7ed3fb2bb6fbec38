import { KMSClient } from '@aws-sdk/client-kms';
import { namingService } from '../naming-service.ts';
import { withoutQuotes } from '../unreadable-answer.ts';
import { KmsSecretCipher } from './secret-cipher.ts';

/** Encrypts and decrypts secret parameters under the key of a service. @param key ARN */
export function openSecrets(key: string, region?: string): KmsSecretCipher {
  return new KmsSecretCipher(namingService(withoutQuotes(new KMSClient({ maxAttempts: 8, ...(region ? { region } : {}) })), 'KMS'), key);
}
