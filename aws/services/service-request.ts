import type { IncomingHttpHeaders } from 'node:http';
import type { AwsCredentialIdentity } from '@smithy/types';
import * as z from 'zod';
import { domainOf } from '../http/domain-of.ts';
import { type HttpAnswer, httpExchange, isSuccess, NoAnswer } from '../http/http-exchange.ts';
import { Signature } from '../http/signature.ts';
import { nameService } from '../naming-service.ts';
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
  /** For what is not worth a longer wait. */
  limits?: Pick<ServiceRequest, 'timeoutMs' | 'maxTries'>;
}

/** A request of any protocol that has JSON as its body. */
export interface ServiceRequest {
  /** As messages name the service and its action. */
  service: string;
  action: string;
  /** The first part of the service's host name, by which requests are signed, too. */
  host: string;
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  /** Encoded, with the names in their order. */
  query?: string;
  /** Besides `host`, names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** @default 4000 */
  timeoutMs?: number;
  /** @default 3 */
  maxTries?: number;
}

export interface ServiceAnswer {
  /** The body, which the caller parses; undefined if it is empty. */
  body: unknown;
  headers: IncomingHttpHeaders;
}

const Refusal = z.object({ __type: z.string() });

/**
 * Sends one request of the JSON protocol, for which a service's SDK client is not needed.
 *
 * @returns the answer, which the caller parses
 * @throws Error: with the name of the service's error, after all tries if the service is at fault, throttles, or does not answer
 */
export async function requestOf({ service, host, contentType, target, limits }: Action, body: object, caller: Caller): Promise<unknown> {
  const request = {
    service,
    action: target.slice(target.lastIndexOf('.') + 1),
    host,
    method: 'POST',
    path: '/',
    headers: { 'content-type': contentType, 'x-amz-target': target },
    body: JSON.stringify(body),
    ...limits,
  } as const;
  return (await askService(request, caller)).body;
}

/** The same for a request of any protocol. @throws Error: as {@link requestOf} */
export async function askService(request: ServiceRequest, caller: Caller): Promise<ServiceAnswer> {
  for (let tries = 1; ; tries++) {
    try {
      return await send(request, caller);
    } catch (error) {
      const failure = asServiceError(error, request);
      if (tries >= (request.maxTries ?? 3) || !isTransient(failure.name)) throw failure;
      await caller.sleep(200 * tries);
    }
  }
}

async function send(request: ServiceRequest, { region, credentials, endpoint, userAgent }: Caller): Promise<ServiceAnswer> {
  const { host, method, path, query = '', body, timeoutMs = 4000 } = request;
  const url = new URL(`${path}${query === '' ? '' : `?${query}`}`, endpoint ?? `https://${host}.${region}.${domainOf(region)}`);
  const { host: _, ...headers } = new Signature(credentials, region, host).headersOf(
    { method, path, query, headers: { host: url.host, ...request.headers }, body },
    new Date(),
  );
  const answer = await httpExchange(url, { method, headers: { ...headers, 'user-agent': userAgent }, body, timeoutMs });
  if (isSuccess(answer)) return { body: answer.body === '' ? undefined : parsed(answer.body, request), headers: answer.headers };
  throw named(refusedAs(answer, request), answer.status, request);
}

/** The JSON protocols name an error in the body, REST protocols in a header. */
function refusedAs({ headers, status, body }: HttpAnswer, request: ServiceRequest): string {
  const inHeader = headers['x-amzn-errortype']?.toString();
  if (inHeader) return inHeader.replace(/:.*$/, '');
  const refused = Refusal.safeParse(parsed(body, request));
  return refused.success ? refused.data.__type.replace(/^.*#/, '') : statusName(status);
}

/** What is not JSON comes from a proxy or a load balancer. */
function parsed(text: string, request: ServiceRequest): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw named('UnreadableAnswer', undefined, request);
  }
}

function statusName(status: number): string {
  return status >= 500 ? 'ServiceUnavailable' : 'UnreadableAnswer';
}

function named(name: string, status: number | undefined, { service, action }: ServiceRequest): Error {
  const isTheirFault = status !== undefined && status >= 500 && !isTransient(name);
  const error = new Error(`${service} answered ${action} with ${name}${status === undefined ? '' : ` (HTTP ${status})`}.`);
  error.name = isTheirFault ? 'ServiceUnavailable' : name;
  return nameService(error, service);
}

/** Names what has no answer as the SDK does. */
function asServiceError(error: unknown, request: ServiceRequest): Error {
  if (!(error instanceof Error)) throw error;
  return error instanceof NoAnswer ? named('TimeoutError', undefined, request) : error;
}
