/** Names of errors of KMS with which a key cannot be used, and which no repetition mends. */
export const keyRefusals: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DisabledException',
  'KMSInvalidStateException',
  'NotFoundException',
  'KeyUnavailableException',
]);

/** The same of S3 and KMS together, for an encrypted object. S3 names what KMS answered to it as `KMS.DisabledException`. */
export const objectRefusals: ReadonlySet<string> = new Set([
  'AccessDenied',
  ...keyRefusals,
  ...[...keyRefusals].map((name) => `KMS.${name}`),
]);

/** Names of errors of KMS: what was to be decrypted was not encrypted under this key, or for another owner. */
export const ciphertextRefusals: ReadonlySet<string> = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);
