import type { AwsCredentialIdentity, BuildMiddleware, HttpRequest, MetadataBearer } from '@smithy/types';
import { Signature } from './signature.ts';

/** Where the requests of an SDK client go, and what signs them. */
export interface Destination {
  request: HttpRequest;
  signature: Signature;
}

interface ClientConfig {
  credentials(): Promise<AwsCredentialIdentity>;
  region(): Promise<string>;
}

/**
 * The endpoint, region and credentials of an SDK client, for requests that do not pass its middleware:
 *
 * 1. The client's provider gives the credentials for each request, and gets new ones before they expire.
 * 2. If the credentials are new, a probe command goes through the client until its request is built: that gives the endpoint.
 */
export class Destinations {
  readonly #config: ClientConfig;
  readonly #service: string;
  readonly #buildProbe: () => Promise<HttpRequest>;
  #known: { credentials: AwsCredentialIdentity; destination: Destination } | undefined;

  constructor(config: ClientConfig, service: string, buildProbe: () => Promise<HttpRequest>) {
    this.#config = config;
    this.#service = service;
    this.#buildProbe = buildProbe;
  }

  async current(): Promise<Destination> {
    const credentials = await this.#config.credentials();
    if (this.#known?.credentials === credentials) return this.#known.destination;
    const request = await this.#buildProbe();
    const destination = { request, signature: new Signature(credentials, await this.#config.region(), this.#service) };
    this.#known = { credentials, destination };
    return destination;
  }
}

interface Command<Input extends object, Output extends MetadataBearer> {
  middlewareStack: {
    add(middleware: BuildMiddleware<Input, Output>, options: { step: 'build'; priority: 'low'; name: string }): void;
  };
}

/** Lets a client build the request of a command, and does not send it. @param send gives the command to the client */
export async function builtRequest<Input extends object, Output extends MetadataBearer>(
  command: Command<Input, Output>,
  send: () => Promise<unknown>,
): Promise<HttpRequest> {
  let built: HttpRequest | undefined;
  const stop: BuildMiddleware<Input, Output> = () => async (args) => {
    built = args.request as HttpRequest;
    throw new Stopped();
  };
  command.middlewareStack.add(stop, { step: 'build', priority: 'low', name: 'stopWhenBuilt' });
  try {
    await send();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  if (!built) throw new Error('The SDK built no request.');
  return built;
}

class Stopped extends Error {}
