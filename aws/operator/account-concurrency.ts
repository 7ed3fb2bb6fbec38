import * as z from 'zod';
import { Signature } from '../table/signature.ts';
import type { StsCaller } from './caller-identity.ts';

const Settings = z.object({ AccountLimit: z.object({ ConcurrentExecutions: z.number() }) });

const timeoutMs = 3000;

/**
 * Max executions of Lambda at a time in the account and region:
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
 *
 * @throws Error: when Lambda refuses, or does not answer
 */
export async function accountConcurrency({ region, credentials, endpoint }: StsCaller): Promise<number> {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const path = '/2016-08-19/account-settings';
  const url = new URL(path, endpoint ?? `https://lambda.${region}.${domain}`);
  const { host: _, ...headers } = new Signature(credentials, region, 'lambda').headersOf(
    { method: 'GET', path, headers: { host: url.host }, body: '' },
    new Date(),
  );
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`Lambda answered GetAccountSettings with HTTP ${response.status}.`);
  return Settings.parse(await response.json()).AccountLimit.ConcurrentExecutions;
}
