import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLarge, readBody } from '../http/read-body.ts';
import type { Json } from '../json.ts';
import { FunctionFailure } from './function-failure.ts';
import type { FunctionPool } from './function-pool.ts';
import { InvocationRefused } from './invocation-refused.ts';

/** Path prefix of all requests of Lambda's API that are served. */
export const lambdaPath = '/2015-03-31/';

const functionsPath = `${lambdaPath}functions/`;

/** Answers requests for event source mappings. */
type Mappings = { path: string; answer(request: IncomingMessage): Promise<{ status: number; body: object }> };

/** Lambda's limit for the event of a call, in bytes. */
const maxEventBytes = 6 * 1024 * 1024;

/** Serves Lambda's action Invoke, for all its invocation types, and those of event source mappings: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export function serveLambda(functions: FunctionPool, log: (line: string) => void, mappings: Mappings) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (request.url?.startsWith(mappings.path)) {
        const { status, body } = await mappings.answer(request);
        return answer(response, status, JSON.stringify(body), {});
      }
      const { name, event } = await callIn(request);
      const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
      if (type === 'RequestResponse') return answer(response, 200, JSON.stringify(await functions.invokeNamed(name, event)), executed);
      functions.checkNamed(name);
      if (type === 'Event') invokeLater(functions, name, event, log);
      answer(response, type === 'Event' ? 202 : 204, '', executed);
    } catch (error) {
      // The client has closed the connection.
      if (request.errored) return;
      if (error instanceof FunctionFailure)
        return answer(response, 200, error.message, { ...executed, 'X-Amz-Function-Error': 'Unhandled' });
      if (!(error instanceof InvocationRefused)) console.error(error);
      const { status, name, message } =
        error instanceof InvocationRefused ? error : new InvocationRefused('ServiceException', 500, String(error));
      const text = JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message, message });
      answer(response, status, text, { 'x-amzn-ErrorType': name });
    }
  };
}

const executed = { 'X-Amz-Executed-Version': '$LATEST' };

async function callIn(request: IncomingMessage): Promise<{ name: string; event: Json }> {
  const [, name] = /^([^/]+)\/invocations(?:\?|$)/.exec((request.url ?? '').replace(functionsPath, '')) ?? [];
  if (request.method !== 'POST' || name === undefined)
    throw new InvocationRefused(
      'UnknownOperationException',
      404,
      'Local AWS supports only the Lambda action Invoke, and actions of event source mappings.',
    );
  const body = await readBody(request, maxEventBytes).catch(tooLarge);
  return { name: decodeURIComponent(name), event: eventIn(body) };
}

function tooLarge(error: unknown): never {
  if (!(error instanceof BodyTooLarge)) throw error;
  const text = `Request must be smaller than ${maxEventBytes} bytes for the InvokeFunction operation`;
  throw new InvocationRefused('RequestTooLargeException', 413, text);
}

function eventIn(body: string): Json {
  try {
    return JSON.parse(body || '{}');
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new InvocationRefused('InvalidRequestContentException', 400, `Could not parse request body into json: ${reason}`);
  }
}

/** An asynchronous invocation: a failure is only logged and, unlike in Lambda, not retried. */
function invokeLater(functions: FunctionPool, name: string, event: Json, log: (line: string) => void): void {
  functions.invokeNamed(name, event).catch((error) => log(`asynchronous invocation of ${name} failed: ${error.name}: ${error.message}`));
}

function answer(response: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    ...(status !== 204 && { 'content-type': 'application/json', 'content-length': length }),
    'x-amzn-RequestId': randomUUID(),
    ...headers,
  });
  response.end(body);
}
