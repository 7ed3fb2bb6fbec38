import { type DynamoDBClient, ScanCommand, type ScanCommandInput, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { AwsCredentialIdentity, BuildMiddleware, HttpRequest, HttpResponse } from '@smithy/types';
import { readBody } from './read-body.ts';
import { Signature } from './signature.ts';
import { type ErrorAnswer, type Operation, type Wire, WireError } from './wire.ts';
import { readAnswer } from './wire-json.ts';
import { GuardClosed } from './write-guard.ts';

/** The endpoint and the credentials of requests. */
interface Destination {
  credentials: AwsCredentialIdentity;
  request: HttpRequest;
  signature: Signature;
}

/**
 * Sends requests to DynamoDB without the SDK's middleware and (de)serialisation, which cost a worker more time than its own work. Endpoint,
 * region, credentials and their refresh, sockets and timeouts are those of an SDK client:
 *
 * 1. The client's provider gives the credentials for each request, and gets new ones before they expire.
 * 2. If the credentials are new, a probe command goes through the client until its request is built: that gives the endpoint.
 * 3. In the tick in which the signed request is handed to the client's HTTP handler, `mayWrite` is called. (The first request of a handler
 *    waits until its agent is loaded; the first request of a worker is a Scan.)
 * 4. Any status but 200 becomes an error with the name that the SDK would use. If the answer is none of DynamoDB's, it is `UnreadableAnswer`.
 *    Nothing is retried.
 */
export class SignedWire implements Wire {
  readonly #client: DynamoDBClient;
  #destination: Destination | undefined;

  constructor(client: DynamoDBClient) {
    this.#client = client;
  }

  async send(operation: Operation, body: string, mayWrite?: () => boolean, patienceMs?: number): Promise<string> {
    const { config } = this.#client;
    const { request, signature } = await this.#resolve();
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

  async #resolve(): Promise<Destination> {
    const { config } = this.#client;
    const credentials = await config.credentials();
    if (this.#destination?.credentials === credentials) return this.#destination;
    const request = await buildRequest(this.#client);
    this.#destination = { credentials, request, signature: new Signature(credentials, await config.region()) };
    return this.#destination;
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

/** Lets the client build the request of a command, and does not send it. */
async function buildRequest(client: DynamoDBClient): Promise<HttpRequest> {
  let built: HttpRequest | undefined;
  const stop: BuildMiddleware<ScanCommandInput, ScanCommandOutput> = () => async (args) => {
    built = args.request as HttpRequest;
    return { response: {}, output: { $metadata: {} } };
  };
  const probe = new ScanCommand({ TableName: 'any' });
  probe.middlewareStack.add(stop, { step: 'build', priority: 'low', name: 'stopWhenBuilt' });
  await client.send(probe);
  if (!built) throw new Error('The SDK built no request.');
  return built;
}

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
