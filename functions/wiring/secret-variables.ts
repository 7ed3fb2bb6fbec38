import { NoSecretValue, readSecret, type SecretSource } from '../../aws/services/read-secret.ts';
import type { Caller } from '../../aws/services/service-request.ts';
import { RunError } from '../../core/errors.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';
import { systemClock } from './system-clock.ts';

let resolved: Promise<void> | undefined;

/**
 * Sets the variables of the property `secrets`, before code of the team is loaded: once in the lifetime of the container.
 *
 * @throws RunError SecretUnavailable: names the variable and its secret, never a value
 */
export function resolveSecrets(): Promise<void> {
  resolved ??= resolve().catch((error: unknown) => {
    resolved = undefined;
    throw error;
  });
  return resolved;
}

async function resolve(): Promise<void> {
  // A process that decides for a worker may have the variables from it.
  const missing = Object.entries(environment.secrets).filter(([name]) => process.env[name] === undefined);
  if (missing.length === 0) return;
  const { config } = retryingClient;
  const [region, credentials] = await Promise.all([config.region(), config.credentials()]);
  const callerOf = (host: string): Caller => ({
    region,
    credentials,
    endpoint: environment.secretEndpoints[host],
    userAgent: `dynamodt app/${environment.userAgentAppId}`,
    sleep: systemClock.sleep,
  });
  const values = await Promise.all(missing.map(async ([name, source]) => [name, await valueIn(name, source, callerOf)] as const));
  for (const [name, value] of values) process.env[name] = value;
}

async function valueIn(name: string, source: SecretSource, callerOf: (host: string) => Caller): Promise<string> {
  try {
    return await readSecret(source, callerOf);
  } catch (error) {
    if (!(error instanceof NoSecretValue)) throw error;
    const which = 'parameter' in source ? `the parameter ${source.parameter}` : `the secret ${source.secret}`;
    throw new RunError(
      'SecretUnavailable',
      `The variable ${name} has no value, because ${which} cannot be used: ${error.message}. Create it, correct \`secrets\` and deploy, or permit to use the key that encrypts it; then start again.`,
      { cause: error },
    );
  }
}
