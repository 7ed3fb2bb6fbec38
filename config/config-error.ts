/** Thrown if `dynamodt.config.ts` cannot be used. The message names the file, what is wrong, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
