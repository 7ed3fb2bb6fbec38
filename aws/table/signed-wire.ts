import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { HttpResponse } from '@smithy/types';
import { builtRequest, Destinations } from '../http/destination.ts';
import { readBody } from './read-body.ts';
import { type ErrorAnswer, type Operation, type Wire, WireError } from './wire.ts';
import { readAnswer } from './wire-json.ts';
import { GuardClosed } from './write-guard.ts';

/**
 * Sends requests to DynamoDB without the SDK's middleware and (de)serialisation, which cost a worker more time than its own work. Endpoint,
 * region, credentials and their refresh, sockets and timeouts are those of an SDK client.
 *
 * 1. In the tick in which the signed request is handed to the client's HTTP handler, `mayWrite` is called. (The first request of the SDK's own
 *    handler waits until its agent is loaded; a worker's client has another, which does not.)
 * 2. Any status but 200 becomes an error with the name that the SDK would use. If the answer is none of DynamoDB's, it is `UnreadableAnswer`.
 *    Nothing is retried.
 */
export class SignedWire implements Wire {
  readonly #client: DynamoDBClient;
  readonly #destinations: Destinations;

  constructor(client: DynamoDBClient) {
    this.#client = client;
    this.#destinations = new Destinations(client.config, 'dynamodb', () => {
      const probe = new ScanCommand({ TableName: 'any' });
      return builtRequest(probe, () => client.send(probe));
    });
  }

  async send(operation: Operation, body: string, mayWrite?: () => boolean, patienceMs?: number): Promise<string> {
    const { config } = this.#client;
    const { request, signature } = await this.#destinations.current();
    const headers = signature.headersOf(
      {
        path: request.path,
        headers: {
          host: request.headers['host'] ?? request.hostname,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
        },
        body,
      },
      new Date(Date.now() + config.systemClockOffset),
    );
    headers['content-length'] = String(Buffer.byteLength(body));
    headers['user-agent'] = request.headers['user-agent'] ?? '';
    if (mayWrite && !mayWrite()) throw new GuardClosed('The permission to write ran out.');
    const { response } = await config.requestHandler.handle(
      { ...request, headers, body },
      patienceMs === undefined ? {} : { requestTimeout: patienceMs },
    );
    const text = await readBody(response.body, patienceMs);
    if (response.statusCode === 200) return text;
    throw this.#errorOf(response, text);
  }

  #errorOf({ statusCode, headers }: HttpResponse, text: string): WireError {
    const answer = errorAnswer(text);
    const code = headers['x-amzn-errortype'] ?? answer?.__type ?? answer?.code;
    const isSkewed = this.#correctClock(headers['date']);
    if (!answer || !code) return new WireError('UnreadableAnswer', statusCode, { message: 'The answer is none of DynamoDB.' });
    const name = isSkewed ? 'RequestTimeTooSkewed' : nameOf(code);
    return new WireError(name, statusCode, { ...answer, message: answer.message ?? answer.Message });
  }

  /** If our clock is wrong, later requests are signed with DynamoDB's time. @returns whether it was wrong */
  #correctClock(date: string | undefined): boolean {
    const { config } = this.#client;
    const theirs = Date.parse(date ?? '');
    const isSkewed = Math.abs(theirs - (Date.now() + config.systemClockOffset)) > toleratedSkewMs;
    if (isSkewed) config.systemClockOffset = theirs - Date.now();
    return isSkewed;
  }
}

/** Below the five minutes from which on AWS refuses a signature. */
const toleratedSkewMs = 240_000;

type WireErrorAnswer = ErrorAnswer & { __type?: string; code?: string; Message?: string };

/** Undefined if the answer is cut off, or comes from a proxy or a load balancer: what became of the request is unknown. */
function errorAnswer(text: string): WireErrorAnswer | undefined {
  try {
    return readAnswer(text);
  } catch {
    return undefined;
  }
}

/** `aws.protocoltests#FooError:http://…` is FooError. */
function nameOf(code: string): string {
  return code.replace(/[,:].*$/s, '').replace(/^.*#/, '');
}
