import { domainOf } from '../../aws/http/domain-of.ts';
import type { OperatorAccount } from '../../aws/operator/operator-account.ts';
import { type AskedActions, IamRefused } from '../../aws/operator/simulate-policy.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';
import type { Check } from './check.ts';

/** What verbs of the command do, by the actions that they need. */
interface Grant extends AskedActions {
  /** After "you may". */
  does: string;
  /** The grant of the construct that permits it. */
  by: 'grantOperate' | 'grantChanges' | 'grantPrepare';
}

interface Asked {
  /** Prefix of the names of the service. */
  service: string;
  region: string;
  preparations: Catalog['preparations'];
}

/**
 * Tells, by a simulation of the caller's policies, if it may do what cannot be tried without doing it. Only what operators need is to be mended; what
 * reads item data is for few.
 */
export async function writeGrantCheck(account: Pick<OperatorAccount, 'callerArn' | 'denied'>, asked: Asked): Promise<Check> {
  const name = 'writeGrants';
  const grants = grantsOf(await account.callerArn(), asked);
  try {
    const denied = await account.denied(grants);
    if (!denied)
      return { name, health: 'notKnown', message: 'IAM cannot simulate what you may do: you are no user and no role of the account.' };
    return foundCheck(
      name,
      grants.map((grant, index) => ({ ...grant, denied: denied[index] ?? [] })),
    );
  } catch (error) {
    if (error instanceof IamRefused && /^AccessDenied/.test(error.name))
      return {
        name,
        health: 'yellow',
        message: 'You may not simulate your own permissions, so that what starts and steers runs was not tried.',
        mend: 'Permit iam:SimulatePrincipalPolicy and iam:GetRole on your own role',
      };
    return { name, health: 'notKnown', message: 'IAM does not tell what you may do.' };
  }
}

function foundCheck(name: string, found: readonly (Grant & { denied: string[] })[]): Check {
  const may = (by: (grant: Grant) => boolean) => found.filter((grant) => by(grant) && grant.denied.length === 0).map(({ does }) => does);
  const mayNot = (by: (grant: Grant) => boolean) =>
    found.filter((grant) => by(grant) && grant.denied.length > 0).map(({ does, denied }) => `${does} (${denied.join(', ')})`);
  const operates = ({ by }: Grant): boolean => by === 'grantOperate';
  const missing = mayNot(operates);
  const others = found.filter((grant) => !operates(grant) && grant.denied.length > 0);
  const beside = others.length > 0 ? [`Not: ${others.map(({ does, by }) => `${does}, for which there is ${by}`).join('; ')}.`] : [];
  if (missing.length === 0)
    return { name, health: 'green', message: [`By simulation, you may ${may(() => true).join(', ')}.`, ...beside].join(' ') };
  return {
    name,
    health: 'yellow',
    message: [`By simulation, you may not ${missing.join(', ')}.`, ...beside].join(' '),
    mend: 'grantOperate of the construct permits it: node_modules/dynamodt/docs/deploy.md',
  };
}

/** As infra/permissions/people.ts grants them. Names after "doctor" stand for any. */
function grantsOf(caller: string, { service, region, preparations }: Asked): Grant[] {
  const [, partition = 'aws', , , account = ''] = caller.split(':');
  const arn = (what: string, name: string): string => `arn:${partition}:${what}:${region}:${account}:${name}`;
  const machine = (name: string): string => arn('states', `stateMachine:${service}-${name}`);
  const execution = arn('states', `execution:${service}-transform-table:doctor`);
  const ledger = arn('dynamodb', `table/${service}-ledger`);
  const keyed = (key: string, attributes: readonly string[]) => ({ 'dynamodb:LeadingKeys': [key], 'dynamodb:Attributes': attributes });
  const by = 'grantOperate';
  return [
    { does: 'start runs', by, actions: ['states:StartExecution'], resource: machine('transform-table') },
    { does: 'start runs of all tables', by, actions: ['states:StartExecution'], resource: machine('transform-all') },
    { does: 'resume runs', by, actions: ['states:SendTaskSuccess'], resource: machine('transform-table') },
    { does: 'stop runs', by, actions: ['states:StopExecution'], resource: execution },
    { does: 'redrive runs', by, actions: ['states:RedriveExecution'], resource: execution },
    {
      ...{ does: 'pause and throttle runs', by, actions: ['dynamodb:UpdateItem'], resource: ledger },
      context: keyed('run#doctor#control', ['pk', 'sk', 'paused', 'markNumber', 'events', 'writeUnits']),
    },
    {
      ...{ does: 'hold and release versions', by, actions: ['dynamodb:PutItem'], resource: ledger },
      context: keyed('holds#doctor', ['pk', 'sk']),
    },
    ...(preparations ? grantsOnData(preparations, { region, partition }) : []),
  ];
}

function grantsOnData(
  { bucket, key }: NonNullable<Catalog['preparations']>,
  { region, partition }: { region: string; partition: string },
): Grant[] {
  const objects = (folder: string): string => `arn:${partition}:s3:::${bucket}/${folder}/doctor`;
  const throughDynamoDb = { 'kms:ViaService': `dynamodb.${region}.${domainOf(region)}` };
  const [journal, preparations] = [objects('journal'), objects('preparations')];
  return [
    {
      ...{ does: "use the ledger's key", by: 'grantOperate', resource: key },
      ...{ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], context: throughDynamoDb },
    },
    { does: 'read what runs changed (`changes`)', by: 'grantChanges', actions: ['s3:GetObject'], resource: journal },
    { does: 'gather preparations here (`prepare --here`)', by: 'grantPrepare', actions: ['s3:PutObject'], resource: preparations },
  ];
}
