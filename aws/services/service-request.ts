import type { AwsCredentialIdentity } from '@smithy/types';
import * as z from 'zod';
import { nameService } from '../naming-service.ts';
import { Signature } from '../table/signature.ts';
import { isTransient } from '../table/statement-error.ts';

/** Where and as whom a service is asked. */
export interface Caller {
  region: string;
  credentials: AwsCredentialIdentity;
  /** Instead of the region's endpoint. */
  endpoint: string | undefined;
  /** Names the function in CloudTrail. */
  userAgent: string;
  sleep(milliseconds: number): Promise<void>;
}

/** An action of a service that speaks AWS's JSON protocol. */
export interface Action {
  /** As messages name it. */
  service: string;
  /** The first part of its host name, by which requests are signed, too. */
  host: string;
  contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  /** `<service and version>.<action>` */
  target: string;
}

const Refusal = z.object({ __type: z.string() });

const maxTries = 3;
const timeoutMs = 4000;

/**
 * Sends one request of the JSON protocol, for which a service's SDK client is not needed.
 *
 * @returns the answer, which the caller parses
 * @throws Error: with the name of the service's error, after three tries if the service is at fault, throttles, or does not answer
 */
export async function requestOf(action: Action, body: object, caller: Caller): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    try {
      return await send(action, JSON.stringify(body), caller);
    } catch (error) {
      const failure = asServiceError(error, action);
      if (tries === maxTries || !isTransient(failure.name)) throw failure;
      await caller.sleep(200 * tries);
    }
  }
}

async function send(action: Action, body: string, { region, credentials, endpoint, userAgent }: Caller): Promise<unknown> {
  const { host, contentType, target } = action;
  const url = new URL(endpoint ?? `https://${host}.${region}.${domainOf(region)}`);
  const { host: _, ...headers } = new Signature(credentials, region, host).headersOf(
    { path: '/', headers: { host: url.host, 'content-type': contentType, 'x-amz-target': target }, body },
    new Date(),
  );
  const response = await fetch(new URL('/', url), {
    method: 'POST',
    headers: { ...headers, 'user-agent': userAgent },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.ok) return parsed(text, action);
  const refused = Refusal.safeParse(parsed(text, action));
  throw named(refused.success ? refused.data.__type.replace(/^.*#/, '') : statusName(response.status), response.status, action);
}

/** What is not JSON comes from a proxy or a load balancer. */
function parsed(text: string, action: Action): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw named('UnreadableAnswer', undefined, action);
  }
}

function statusName(status: number): string {
  return status >= 500 ? 'ServiceUnavailable' : 'UnreadableAnswer';
}

function named(name: string, status: number | undefined, { service, target }: Action): Error {
  const isTheirFault = status !== undefined && status >= 500 && !isTransient(name);
  const action = target.slice(target.lastIndexOf('.') + 1);
  const error = new Error(`${service} answered ${action} with ${name}${status === undefined ? '' : ` (HTTP ${status})`}.`);
  error.name = isTheirFault ? 'ServiceUnavailable' : name;
  return nameService(error, service);
}

/** `fetch` names neither a refused connection nor a time-out as the SDK does. */
function asServiceError(error: unknown, action: Action): Error {
  if (!(error instanceof Error)) throw error;
  const hasNoAnswer = error instanceof TypeError || error.name === 'TimeoutError' || error.name === 'AbortError';
  return hasNoAnswer ? named('TimeoutError', undefined, action) : error;
}

/** https://docs.aws.amazon.com/general/latest/gr/rande.html */
function domainOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com';
}
