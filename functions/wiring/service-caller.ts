import type { Caller } from '../../aws/services/service-request.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';
import { systemClock } from './system-clock.ts';

/** Asks services for which no SDK client is bundled, as this function. @param endpoint instead of the region's */
export async function serviceCaller(endpoint: string | undefined): Promise<Caller> {
  const { config } = retryingClient;
  const [region, credentials] = await Promise.all([config.region(), config.credentials()]);
  return { region, credentials, endpoint, userAgent: `dynamodt app/${environment.userAgentAppId}`, sleep: systemClock.sleep };
}
