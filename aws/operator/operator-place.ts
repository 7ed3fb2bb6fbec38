import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Caller } from '../services/service-request.ts';
import { operatorClients } from './operator-clients.ts';

/** A service of AWS, as the SDK names it in `AWS_ENDPOINT_URL_<service>`. */
export type CalledService = 'SFN' | 'STS' | 'LAMBDA' | 'EVENTBRIDGE' | 'CLOUDWATCH' | 'IAM';

/** Where an operator calls AWS, and with which credentials: by the environment, as the SDK reads it. */
export class OperatorPlace {
  readonly dynamodb: DynamoDBClient;
  readonly sfn: SFNClient;
  /** The region by the environment; undefined if only the SDK knows it. */
  readonly region: string | undefined;
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
    this.region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;
    const { dynamodb, sfn } = operatorClients(this.region);
    this.dynamodb = dynamodb;
    this.sfn = sfn;
  }

  /** The endpoint that the environment names for a service; undefined for AWS's own. */
  endpointOf(service: CalledService): string | undefined {
    return this.#env[`AWS_ENDPOINT_URL_${service}`] || this.#env['AWS_ENDPOINT_URL'] || undefined;
  }

  /** The region in use; undefined if none is set. */
  regionInUse(): Promise<string | undefined> {
    return this.sfn.config.region().catch(() => undefined);
  }

  /** What a signed request needs that no client of the SDK sends. */
  async callerOf(service: CalledService): Promise<Caller> {
    const { region, credentials } = this.sfn.config;
    return {
      region: await region(),
      credentials: await credentials(),
      endpoint: this.endpointOf(service),
      userAgent: 'dynamodt',
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    };
  }

  /** The same environment, with clients of its own. */
  anew(): OperatorPlace {
    return new OperatorPlace(this.#env);
  }

  close(): void {
    this.dynamodb.destroy();
    this.sfn.destroy();
  }
}
