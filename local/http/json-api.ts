import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json } from '../json.ts';
import { ApiError } from './api-error.ts';
import { BodyTooLarge, readBody } from './read-body.ts';

/** The fields of a request; each action validates the fields that it uses. */
export type Request = { [field: string]: Json };

/** The actions of a service with one of AWS's JSON protocols, by name. `undefined` fields of an answer are left out. */
export type Actions = Record<string, (request: Request) => unknown>;

/** Max bytes of a request: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const maxRequestBytes = 1024 * 1024;

/** A service with one of AWS's JSON protocols. */
export interface JsonApi {
  actions: Actions;
  protocol: '1.0' | '1.1';
}

/** Parses the body, calls the action that `X-Amz-Target` names, and answers with its result or its error. */
export async function serveJsonApi({ actions, protocol }: JsonApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, name = ''] = String(request.headers['x-amz-target']).split('.');
  try {
    const body = await readBody(request, maxRequestBytes).catch(tooLarge);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) throw new ApiError('UnknownOperationException', `Local AWS does not have the action ${name}.`);
    answer(response, 200, await action(parse(body)), protocol);
  } catch (error) {
    // The client has closed the connection.
    if (request.errored) return;
    if (!(error instanceof ApiError)) console.error(error);
    const { name: type, message } = error instanceof ApiError ? error : new ApiError('InternalFailure', String(error));
    answer(response, error instanceof ApiError ? 400 : 500, { __type: type, message }, protocol);
  }
}

/** A required text field. */
export function required(request: Request, field: string): string {
  const value = request[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new ApiError(
    'ValidationException',
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must not be null`,
  );
}

/** Checks the max length of a text in bytes, and returns the text. */
export function atMost(text: string, bytes: number, field: string): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  throw new ApiError(
    'ValidationException',
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must have length less than or equal to ${bytes}`,
  );
}

function parse(body: string): Request {
  try {
    return JSON.parse(body || '{}');
  } catch {
    throw new ApiError('SerializationException', 'The body of the request is not JSON.');
  }
}

function tooLarge(error: unknown): never {
  throw error instanceof BodyTooLarge ? new ApiError('RequestEntityTooLargeException', error.message) : error;
}

function answer(response: ServerResponse, status: number, body: unknown, protocol: JsonApi['protocol']): void {
  const text = JSON.stringify(body ?? {});
  response.writeHead(status, {
    'content-type': `application/x-amz-json-${protocol}`,
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}
