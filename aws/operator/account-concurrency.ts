import * as z from 'zod';
import { domainOf } from '../http/domain-of.ts';
import { httpExchange, isSuccess } from '../http/http-exchange.ts';
import { Signature } from '../http/signature.ts';
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
  const path = '/2016-08-19/account-settings';
  const url = new URL(path, endpoint ?? `https://lambda.${region}.${domainOf(region)}`);
  const { host: _, ...headers } = new Signature(credentials, region, 'lambda').headersOf(
    { method: 'GET', path, headers: { host: url.host }, body: '' },
    new Date(),
  );
  const answer = await httpExchange(url, { method: 'GET', headers, body: '', timeoutMs });
  if (!isSuccess(answer)) throw new Error(`Lambda answered GetAccountSettings with HTTP ${answer.status}.`);
  return Settings.parse(JSON.parse(answer.body)).AccountLimit.ConcurrentExecutions;
}
