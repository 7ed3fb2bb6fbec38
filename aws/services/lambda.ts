import * as z from 'zod';
import { askService, type Caller, type ServiceAnswer, type ServiceRequest } from './service-request.ts';

/** An event source mapping of Lambda. */
export interface Mapping {
  id: string;
  /** ARN of the stream. */
  stream: string;
  /** As Lambda names it: `Enabled`, `Disabled`, or what leads there, such as `Disabling`. */
  state: string;
  /** When it was created, changed, or came into its state, in wall-clock milliseconds. Undefined if Lambda does not say. */
  changedAt: number | undefined;
}

const MappingAnswer = z
  .object({ UUID: z.string(), EventSourceArn: z.string().default(''), State: z.string().default(''), LastModified: z.number().optional() })
  .transform(
    ({ UUID: id, EventSourceArn: stream, State: state, LastModified: seconds }): Mapping => ({
      ...{ id, stream, state },
      changedAt: seconds === undefined ? undefined : seconds * 1000,
    }),
  );
const ListAnswer = z.object({ EventSourceMappings: z.array(MappingAnswer).default([]), NextMarker: z.string().nullish() });

/** All mappings that call a function. https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
export async function listMappings(functionName: string, caller: Caller): Promise<Mapping[]> {
  const found: Mapping[] = [];
  let marker: string | undefined;
  do {
    const query = { FunctionName: functionName, ...(marker ? { Marker: marker } : {}) };
    const { body } = await ask({ action: 'ListEventSourceMappings', method: 'GET', path: `${mappings}/`, query: queryOf(query) }, caller);
    const { EventSourceMappings, NextMarker } = ListAnswer.parse(body);
    found.push(...EventSourceMappings);
    marker = NextMarker ?? undefined;
  } while (marker);
  return found;
}

/** Makes a mapping call its function, or no more. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
export async function enableMapping(id: string, isEnabled: boolean, caller: Caller): Promise<Mapping> {
  const request = { action: 'UpdateEventSourceMapping', method: 'PUT', path: `${mappings}/${id}`, body: { Enabled: isEnabled } } as const;
  return MappingAnswer.parse((await ask(request, caller)).body);
}

/**
 * Calls a function and waits for its answer. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 *
 * @throws Error FunctionFailed: if the function fails; its message does not quote the function's
 */
export async function invoke(functionName: string, event: object, caller: Caller, timeoutMs: number): Promise<unknown> {
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  const { body, headers } = await ask({ action: 'Invoke', method: 'POST', path, body: event, timeoutMs, maxTries: 1 }, caller);
  if (headers['x-amz-function-error'] === undefined) return body;
  const failed = new Error(`The function ${functionName} failed. Its log group, /aws/lambda/${functionName}, has the error.`);
  failed.name = 'FunctionFailed';
  throw failed;
}

const mappings = '/2015-03-31/event-source-mappings';

type LambdaRequest = Pick<ServiceRequest, 'action' | 'method' | 'path' | 'query' | 'timeoutMs' | 'maxTries'> & { body?: object };

function ask({ body, ...request }: LambdaRequest, caller: Caller): Promise<ServiceAnswer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  return askService({ service: 'Lambda', host: 'lambda', ...request, headers, body: text }, caller);
}

/** As it is signed: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function queryOf(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(value).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)}`,
    )
    .sort()
    .join('&');
}
