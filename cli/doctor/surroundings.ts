import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { OperatorAccount } from '../../aws/operator/operator-account.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import type { Invocation } from '../verb.ts';
import type { Check } from './check.ts';
import { writeGrantCheck } from './write-grants.ts';

type Service = Pick<Invocation['service'], 'name' | 'place' | 'explained' | 'catalog' | 'hasStateMachine'> & {
  account: Pick<OperatorAccount, 'callerArn' | 'concurrency' | 'alarms' | 'denied'>;
};

/** Of STS, and of the SDK if a session of single sign-on has ended. */
const expiredNames = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenProviderError'];

/** Endpoint, region and credentials. */
export async function surroundingChecks(service: Service, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const { endpoint, region } = await service.place();
  const where: Check = {
    name: 'endpoint',
    health: 'green',
    message: endpoint === undefined ? 'AWS itself.' : `${endpoint}, by AWS_ENDPOINT_URL.`,
  };
  const place: Check = region
    ? { name: 'region', health: 'green', message: `${region}.` }
    : { name: 'region', health: 'red', message: 'No AWS region is set.', mend: 'export AWS_REGION=eu-west-1' };
  return region ? [where, place, await credentialCheck(service, env)] : [where, place];
}

async function credentialCheck(service: Service, env: NodeJS.ProcessEnv): Promise<Check> {
  const name = 'credentials';
  const profile = env['AWS_PROFILE'];
  if (profile && !env['AWS_ACCESS_KEY_ID'] && !(await profilesIn(env)).includes(profile))
    return {
      name,
      health: 'red',
      message: `There is no profile "${profile}" (AWS_PROFILE, or --profile) in the configuration files of AWS.`,
      mend: `aws configure sso --profile ${profile}, or another AWS_PROFILE`,
    };
  try {
    return { name, health: 'green', message: `You are ${await service.account.callerArn()}.` };
  } catch (error) {
    const explained = await service.explained(error);
    if (error instanceof Error && (expiredNames.includes(error.name) || /expired/i.test(error.message)))
      return { name, health: 'red', message: 'The credentials have expired: log in again.', mend: 'aws sso login' };
    if (explained instanceof OperatorError) return { name, health: 'red', message: explained.message };
    return { name, health: 'notKnown', message: 'STS does not tell who you are.' };
  }
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
async function profilesIn(env: NodeJS.ProcessEnv): Promise<string[]> {
  const files = [
    env['AWS_CONFIG_FILE'] || join(homedir(), '.aws/config'),
    env['AWS_SHARED_CREDENTIALS_FILE'] || join(homedir(), '.aws/credentials'),
  ];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.flatMap((text) => [...text.matchAll(/^\s*\[\s*(?:profile\s+)?"?([^\]"]+?)"?\s*\]/gm)].map(([, name = '']) => name));
}

/** The deployed service, its version, and what the caller may look at. @param version of the command */
export async function serviceChecks(service: Service, version: string | undefined): Promise<{ checks: Check[]; isDeployed: boolean }> {
  const found = await ledgerCheck(service, version);
  if (found.health === 'red') return { checks: [found], isDeployed: false };
  const checks = await Promise.all([grantCheck(service), writesCheck(service), concurrencyCheck(service), alarmCheck(service)]);
  return { checks: [found, ...checks], isDeployed: true };
}

async function ledgerCheck(service: Service, version: string | undefined): Promise<Check> {
  try {
    const catalog = await service.catalog();
    if (catalog) return versionCheck(catalog.version, version);
    return { name: 'service', health: 'red', message: `The ledger of ${service.name} is empty.`, mend: 'npx dynamodt deploy' };
  } catch (error) {
    return refused('service', error, service);
  }
}

async function grantCheck(service: Service): Promise<Check> {
  const name = 'grants';
  try {
    if (await service.hasStateMachine())
      return {
        name,
        health: 'green',
        message: 'You may read the ledger and list state machines.',
      };
    return { name, health: 'red', message: `There is no state machine ${service.name}-transform-table.`, mend: 'npx dynamodt deploy' };
  } catch (error) {
    return refused(name, error, service);
  }
}

async function writesCheck(service: Service): Promise<Check> {
  const [{ region = '' }, catalog] = await Promise.all([service.place(), service.catalog()]);
  return writeGrantCheck(service.account, { service: service.name, region, preparations: catalog?.preparations }).catch(() => ({
    name: 'writeGrants',
    health: 'notKnown',
    message: 'STS does not tell who you are, so that what you may do cannot be simulated.',
  }));
}

async function refused(name: string, error: unknown, service: Service): Promise<Check> {
  const explained = await service.explained(error);
  const message = explained instanceof Error ? explained.message : String(explained);
  const mend = explained instanceof Error ? mends[explained.name] : undefined;
  return { name, health: 'red', message, ...(mend === undefined ? {} : { mend }) };
}

const mends: Readonly<Record<string, string>> = {
  ServiceNotFound: 'npx dynamodt deploy',
  AccessDenied: 'grantOperate of the construct permits it: node_modules/dynamodt/docs/deploy.md',
};

function versionCheck(deployed: string | undefined, version: string | undefined): Check {
  const name = 'service';
  if (deployed === undefined || version === undefined)
    return { name, health: 'notKnown', message: 'The service is deployed by a dynamodt that does not tell its version.' };
  if (deployed === version) return { name, health: 'green', message: `The service is dynamodt ${deployed}, as this command.` };
  return {
    name,
    health: 'yellow',
    message: `The service is dynamodt ${deployed}, and this command is ${version}.`,
    mend: `Deploy with ${version}, or use \`npx dynamodt@${deployed}\`.`,
  };
}

async function concurrencyCheck(service: Service): Promise<Check> {
  const name = 'concurrency';
  const limit = await service.account.concurrency().catch(() => undefined);
  if (limit === undefined) return { name, health: 'notKnown', message: 'Lambda does not tell the concurrency of the account.' };
  if (limit >= 200) return { name, health: 'green', message: `Lambda may run ${limit} functions at a time in this account.` };
  return {
    name,
    health: 'yellow',
    message: `Lambda may run only ${limit} functions at a time in this account, and your application shares them.`,
    mend: 'Raise the quota "Concurrent executions" of Lambda, or set reservedConcurrency.',
  };
}

async function alarmCheck(service: Service): Promise<Check> {
  const name = 'alarms';
  const alarms = await service.account.alarms(`${service.name}-`).catch(() => undefined);
  if (alarms === undefined || alarms.length === 0) return { name, health: 'notKnown', message: 'No alarm of the service is seen.' };
  const silent = alarms.filter(({ hasAction }) => !hasAction).map((alarm) => alarm.name);
  if (silent.length === 0) return { name, health: 'green', message: `${alarms.length} alarms tell somebody.` };
  return {
    name,
    health: 'yellow',
    message: `Alarms that tell nobody: ${silent.join(', ')}.`,
    mend: 'Set `notify` of the construct to a topic.',
  };
}
