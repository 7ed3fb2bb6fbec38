import { devNull } from 'node:os';
import type { Deployment } from '../deploy/deployer.ts';
import type { Names } from '../names.ts';
import { type CredentialVariables, isAws } from './function-credentials.ts';
import { functionMemory } from './function-settings.ts';

/** What a function finds in its environment in every service. */
export interface Runtime {
  names: Names;
  url: string;
  dynamodbUrl: string;
  credentials: CredentialVariables;
}

export interface FunctionEnvironmentOptions extends Runtime {
  /** Logical to physical names. */
  tables: Record<string, string>;
  extra: Record<string, string>;
}

/** The region set in the environment of local AWS. */
export function starterRegion(): string {
  return process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] || 'us-east-1';
}

/** All variables of a function's process. No other variable is inherited, since in Lambda a function has only these. */
export function functionEnvironment({ tables, extra, ...runtime }: FunctionEnvironmentOptions) {
  const { names } = runtime;
  return (name: string, deployment: Deployment): Record<string, string> => ({
    ...runtimeEnvironment(runtime, name, functionMemory(name)),
    // Names the function in its requests, as the construct does.
    AWS_SDK_UA_APP_ID: name,
    POWERTOOLS_SERVICE_NAME: names.prefix,
    DYNAMODT_LEDGER: names.ledger,
    DYNAMODT_BUCKET: names.bucket,
    DYNAMODT_KEY: names.keyArn,
    DYNAMODT_READER_ROLE: names.readerRoleArn,
    DYNAMODT_EVENT_BUS: 'default',
    DYNAMODT_LOOKUP_TABLES: JSON.stringify(tables),
    DYNAMODT_TRANSFORMATIONS: deployment.folder,
    ...extra,
  });
}

/**
 * The variables that do not depend on how the service was made.
 *
 * @param memory in MB
 */
export function runtimeEnvironment(
  { names, url, dynamodbUrl, credentials }: Runtime,
  name: string,
  memory: number,
): Record<string, string> {
  return {
    ...inherited(['PATH', 'TMPDIR', 'TEMP', 'SystemRoot', 'NODE_COMPILE_CACHE']),
    ...signatureLifetime(dynamodbUrl),
    ...credentials,
    AWS_REGION: names.region,
    AWS_DEFAULT_REGION: names.region,
    // With the user's profiles, a function could send requests to AWS.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
    AWS_LAMBDA_FUNCTION_NAME: `${names.prefix}-${name}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    // Metrics are log lines for CloudWatch, which is not part of local AWS.
    POWERTOOLS_METRICS_DISABLED: 'true',
    NODE_OPTIONS: '--enable-source-maps',
    TZ: ':UTC',
  };
}

/**
 * How long a write without an answer can still be applied, in seconds. DynamoDB Local checks no signature, and on a loaded computer it often
 * answers after the client's time-out; but a request on the loopback interface is not held back for minutes. AWS has its own limit.
 */
function signatureLifetime(dynamodbUrl: string): Record<string, string> {
  const set = process.env['DYNAMODT_SIGNATURE_LIFETIME'];
  if (set !== undefined) return { DYNAMODT_SIGNATURE_LIFETIME: set };
  return isAws(dynamodbUrl) ? {} : { DYNAMODT_SIGNATURE_LIFETIME: localSignatureLifetime };
}

const localSignatureLifetime = '30';

function inherited(variables: string[]): Record<string, string> {
  return Object.fromEntries(variables.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
