import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamodtCommand } from '../../demo/dynamodt-command.ts';
import type { Closers } from '../../local/closers.ts';
import { startLocalDynamoDb } from '../../local/dynamodb/local-dynamodb.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../local/local-aws.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { signatureLifetimeSeconds } from './faulty-wire.ts';

/** A service on this machine whose requests to DynamoDB can meet faults. */
export interface SoakedService {
  aws: LocalAws;
  proxy: DynamoDbProxy;
  /** Reaches DynamoDB directly, for applications and oracles: a write of unknown outcome would be left out of the comparison. */
  client: DynamoDBClient;
  sfn: SFNClient;
  dynamodt: DynamodtCommand;
}

const leaseMs = 1500;
export const ledger = 'dynamodt-ledger';

/** @param signal aborted when the user interrupts */
export async function startSoaked(
  { environment = {}, ...options }: Pick<LocalAwsOptions, 'transformations' | 'follow' | 'throttle' | 'environment' | 'log'>,
  closers: Closers,
  signal: AbortSignal,
): Promise<SoakedService> {
  const dynamodb = await closers.started(startLocalDynamoDb());
  const proxy = await closers.started(startDynamoDbProxy(dynamodb.url));
  const aws = await closers.started(
    startLocalAws({
      dynamodb: proxy.url,
      maxProcesses: 4,
      log: () => {},
      ...options,
      environment: {
        DYNAMODT_LEASE_MS: String(leaseMs),
        DYNAMODT_CONTROL_INTERVAL_MS: '300',
        DYNAMODT_SIGNATURE_LIFETIME: String(signatureLifetimeSeconds),
        ...environment,
      },
    }),
  );
  const connection = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const client = new DynamoDBClient({ ...connection, endpoint: dynamodb.url, maxAttempts: 1 });
  closers.add(() => client.destroy());
  const sfn = new SFNClient({ ...connection, endpoint: aws.url });
  closers.add(() => sfn.destroy());
  return { aws, proxy, client, sfn, dynamodt: new DynamodtCommand(aws.url, signal) };
}
