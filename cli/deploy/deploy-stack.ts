import { randomBytes } from 'node:crypto';
import type { AssetBucket } from '../../aws/deploy/asset-bucket.ts';
import { addedResource, type PlannedChange } from '../../aws/deploy/planned-change.ts';
import type { AskedChanges, Stack } from '../../aws/deploy/stacks.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { countOf } from '../../core/count-of.ts';
import { sayWrapped, wrapped } from '../terminal/wrapped.ts';
import { UsageError } from '../usage-error.ts';
import { uploadAssets } from './assets.ts';
import { assetsStack, assetsTemplate, bucketOutput } from './assets-stack.ts';
import {
  changeSetPrefix,
  deleteStack,
  discard,
  executeChanges,
  readyChanges,
  refusePrepared,
  refuseProtected,
  settledStack,
} from './change-stack.ts';
import { changesSummary, changesText } from './changes-text.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { importOf, type KeptImport } from './kept-import.ts';
import { type PermissionChange, permissionChanges } from './permission-changes.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { templateIn, type WrittenFolder } from './written-folder.ts';

/** What a deploy is asked for. */
export interface AskedDeploy {
  /** Prefix of all names. */
  service: string;
  stack: string;
  folder: WrittenFolder;
  /** Undefined for the bucket of before, or one that the deploy makes. */
  bucket: string | undefined;
  parameters: Record<string, string>;
  tags: Record<string, string> | undefined;
  /** ARN */
  role: string | undefined;
  /** Only shows what would change. */
  diff: boolean;
  /** Asks nobody. */
  yes: boolean;
}

/** What `deploy` prints with `--json`. Fields may be added, but not changed. */
export interface DeployDocument {
  /** `planned` with `--diff`, `declined` if the person who was asked said no. */
  result: 'deployed' | 'upToDate' | 'planned' | 'declined';
  service: string;
  stack: string;
  account: string;
  region: string;
  changes: PlannedChange[];
  permissions: PermissionChange[];
  /** Of the stack, by their names in the template; empty unless it is deployed. */
  outputs: Record<string, string>;
}

interface Place {
  account: string;
  region: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const maxTemplateBytes = 1_000_000;
const prefixOfOwn = 'dynamodt/';

/**
 * Deploys a folder that `template` wrote:
 *
 * 1. Wait until nobody changes the stack, and refuse one that is not the service's own, or that permits no deploy.
 * 2. A new stack: tell what it will have, ask, and upload the files. If a deleted stack kept its ledger, take ledger, bucket and key in. Create the rest.
 * 3. A stack that exists: upload what the bucket lacks, let CloudFormation compute a change set, tell what it does, ask, and execute it.
 * 4. Follow that to its end.
 *
 * Until a change set is executed nothing is deployed, and what was made for it is removed again if it is not executed.
 *
 * @throws UsageError: if parameters of the template have no value
 * @throws OperatorError NotDeployable, StackBusy, DeployFailed
 * @throws Interrupted: after Ctrl-C
 */
export async function deployStack(asked: AskedDeploy, ports: DeployPorts): Promise<DeployDocument> {
  const { clients } = ports;
  const { templateFile } = asked.folder;
  if (templateFile.bytes > maxTemplateBytes)
    throw new OperatorError(
      'NotDeployable',
      `The template has ${Math.ceil(templateFile.bytes / 1000)} KB, and CloudFormation takes up to 1,000 KB. Divide the tables among two services with two names (node_modules/dynamodt/docs/deploy.md#how-many-tables).`,
    );
  const place = { account: await clients.account(), region: await clients.region() };
  const { stack, is } = await ownStack(asked, ports);
  return stack && is === 'update' ? update(asked, stack, place, ports) : create(asked, is === 'renew' ? stack : undefined, place, ports);
}

/** The stack as it is, if a deploy may change it. */
async function ownStack({ stack: name, service }: AskedDeploy, ports: DeployPorts): ReturnType<typeof settledStack> {
  const { stacks } = ports.clients;
  const settled = await settledStack(name, ports);
  const { stack, is } = settled;
  if (!stack) return settled;
  if (is === 'create') {
    await refusePrepared(name, ports);
    return settled;
  }
  const resources = await stacks.resources(stack.id);
  refuseForeign(stack, resources, service);
  const isEmpty = resources.every(({ status }) => status === 'DELETE_COMPLETE');
  return { stack, is: isEmpty ? 'renew' : is };
}

/** @param failed the stack of a first deploy that was rolled back */
async function create(asked: AskedDeploy, failed: Stack | undefined, place: Place, ports: DeployPorts): Promise<DeployDocument> {
  const { output } = ports;
  const { service, stack, folder } = asked;
  const { template } = folder;
  checkParameters(asked, undefined);
  if (failed) refuseProtected(failed, place.region);
  const kept = await keptOf(asked, place, ports);
  const taken = new Set(kept?.resources.map(({ id }) => id));
  const changes = Object.entries(template.Resources).map(([id, { Type }]) => addedResource(id, Type, taken.has(id) ? 'import' : 'add'));
  const document = {
    service,
    stack,
    ...place,
    changes,
    permissions: permissionChanges(undefined, { template, values: valuesFor(asked, undefined, place) }),
  };
  tell(document, 'a new stack', [], ports);
  if (failed) sayWrapped(output, `The first deploy of ${stack} was rolled back. What is left of it is deleted before this one.`);
  if (kept)
    sayWrapped(
      output,
      `A deleted stack kept the ledger ${service}-ledger, which this deploy takes in, with what was applied to each table.`,
    );
  if (asked.diff) return { result: 'planned', ...document, outputs: {} };
  if (!(await consented(asked, `Deploy to account ${place.account}, ${place.region}?`, ports)))
    return { result: 'declined', ...document, outputs: {} };

  const { bucket, prefix } = await bucketFor(asked, undefined, place, ports);
  const url = await upload(asked, bucket, prefix, ports);
  if (failed) await deleteStack(failed, asked.role, ports);
  if (kept) {
    // The deploy that follows sets the tags.
    const asking = {
      ...commonOf(asked),
      tags: undefined,
      type: 'IMPORT' as const,
      template: { body: kept.template },
      parameters: {},
      keptParameters: [],
    };
    await executeChanges(await readyChanges({ ...asking, imports: kept.resources }, ports), ports);
  }
  const whole: AskedChanges = {
    ...commonOf(asked),
    type: kept ? 'UPDATE' : 'CREATE',
    template: { url },
    parameters: { ...asked.parameters, AssetsBucket: bucket.name, AssetsPrefix: prefix },
    keptParameters: [],
  };
  await executeChanges(await readyChanges(whole, ports), ports);
  return { result: 'deployed', ...document, outputs: await outputsOf(stack, ports) };
}

async function update(asked: AskedDeploy, stack: Stack, place: Place, ports: DeployPorts): Promise<DeployDocument> {
  const { clients, output } = ports;
  const keptParameters = checkParameters(asked, stack);
  const { bucket, prefix } = await bucketFor(asked, stack, place, ports);
  const url = await upload(asked, bucket, prefix, ports);
  const set = await readyChanges(
    {
      ...commonOf(asked),
      type: 'UPDATE',
      template: { url },
      parameters: { ...asked.parameters, AssetsBucket: bucket.name, AssetsPrefix: prefix },
      keptParameters,
    },
    ports,
  );
  let isExecuted = false;
  try {
    const deployed = templateIn(await clients.stacks.template(stack.id));
    const before = deployed && { template: deployed, values: { ...pseudoParameters(place), ...stack.parameters } };
    const after = { template: asked.folder.template, values: valuesFor(asked, stack, place) };
    const document = {
      service: asked.service,
      stack: stack.name,
      ...place,
      changes: set.changes,
      permissions: before ? permissionChanges(before, after) : [],
    };
    const outputs = Object.fromEntries(stack.outputs.map(({ name, value }) => [name, value]));
    if (set.status === 'empty') {
      sayWrapped(output, `${stack.name} in ${place.region}, account ${place.account}: up to date`);
      return { result: 'upToDate', ...document, outputs };
    }
    tell(document, undefined, document.permissions, ports);
    if (asked.diff) return { result: 'planned', ...document, outputs };
    const matters =
      (before ? document.permissions.length > 0 : set.changes.some(({ isPermission }) => isPermission)) ||
      set.changes.some(({ action }) => action === 'remove' || action === 'replace');
    if (matters && !(await consented(asked, 'Deploy this?', ports))) return { result: 'declined', ...document, outputs };
    isExecuted = true;
    await executeChanges(set, ports);
    return { result: 'deployed', ...document, outputs: await outputsOf(stack.name, ports) };
  } finally {
    if (!isExecuted) await discard(set, ports);
  }
}

function tell(
  { stack, region, account, changes }: Omit<DeployDocument, 'result' | 'outputs'>,
  what: string | undefined,
  permissions: readonly PermissionChange[],
  { output }: DeployPorts,
): void {
  const summary = `${stack} in ${region}, account ${account}${what ? `, ${what}` : ''}: ${changesSummary(changes)}`;
  for (const line of [...wrapped(summary, '  ', 80), ...changesText(changes, permissions, output)]) output.say(line);
}

async function consented({ yes }: AskedDeploy, question: string, { ask }: DeployPorts): Promise<boolean> {
  return yes || !ask || (await ask(question));
}

/**
 * How the kept ledger of a deleted stack is taken in; undefined if there is none.
 *
 * @throws OperatorError NotDeployable: if another stack has the service, or the ledger cannot be used
 */
async function keptOf(
  { service, stack, folder }: AskedDeploy,
  { account }: Place,
  { clients }: DeployPorts,
): Promise<KeptImport | undefined> {
  const kept = await clients.kept(service, account);
  if (!kept) return undefined;
  const owner = await clients.stacks.ownerOf(kept.ledger);
  if (owner !== undefined && owner !== stack)
    throw new OperatorError(
      'NotDeployable',
      `The service "${service}" is deployed by the stack "${owner}". Deploy it there, with --stack ${owner} if \`npx dynamodt deploy\` made that, or give this one another --name.`,
    );
  return importOf(kept, folder.template);
}

/** @returns the parameters that keep their value @throws UsageError: if others have none */
function checkParameters({ parameters, folder: { template } }: AskedDeploy, stack: Stack | undefined): string[] {
  const names = Object.keys(template.Parameters).filter((name) => name !== 'AssetsBucket' && name !== 'AssetsPrefix');
  const unknown = Object.keys(parameters).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new UsageError(
      `The template has no parameter ${unknown.join(', ')}. ${names.length > 0 ? `It has ${names.join(', ')}.` : 'It has none: the configuration names each table.'}`,
    );
  const missing = names.filter(
    (name) => !(name in parameters) && !(stack && name in stack.parameters) && template.Parameters[name]?.Default === undefined,
  );
  if (missing.length > 0)
    throw new UsageError(
      `${missing.join(', ')} ${missing.length > 1 ? 'have' : 'has'} no value. Give ${missing.map((name) => `--parameter ${name}=…`).join(' ')}, or name the table in dynamodt.config.ts.`,
    );
  return names.filter((name) => !(name in parameters) && stack !== undefined && name in stack.parameters);
}

/** The bucket that is given, that of the deploy before, or the one of the stack `dynamodt-assets`, which is created if need be. */
async function bucketFor(
  asked: AskedDeploy,
  stack: Stack | undefined,
  { account }: Place,
  ports: DeployPorts,
): Promise<{ bucket: AssetBucket; prefix: string }> {
  const { AssetsBucket: before, AssetsPrefix } = stack?.parameters ?? {};
  const name = asked.bucket ?? before ?? (await bucketOfAssetsStack(asked, ports));
  const bucket = ports.clients.bucket(name, account);
  await bucket.check();
  return { bucket, prefix: name === before ? (AssetsPrefix ?? '') : prefixOfOwn };
}

async function bucketOfAssetsStack(asked: AskedDeploy, ports: DeployPorts): Promise<string> {
  const { output } = ports;
  const { stack, is } = await settledStack(assetsStack, ports);
  if (stack && stack.description !== undefined && stack.description !== assetsTemplate.Description)
    throw new OperatorError(
      'NotDeployable',
      `The stack "${assetsStack}" exists, and is not the one that holds the files of deploys. Name a bucket with --bucket.`,
    );
  const found = stack?.outputs.find((one) => one.name === bucketOutput)?.value;
  if (found !== undefined) return found;
  if (asked.diff)
    throw new OperatorError(
      'NotDeployable',
      `There is no bucket yet from which CloudFormation could read the template. Deploy once, which makes the stack ${assetsStack}, or name a bucket with --bucket.`,
    );
  if (stack && is === 'renew') await deleteStack(stack, asked.role, ports);
  sayWrapped(output, `The stack ${assetsStack} is created: a bucket for the files of all deploys in this account and region.`);
  const body = JSON.stringify(assetsTemplate);
  await executeChanges(
    await readyChanges(
      { ...commonOf(asked), stack: assetsStack, type: 'CREATE', template: { body }, parameters: {}, keptParameters: [] },
      ports,
    ),
    ports,
  );
  const name = (await ports.clients.stacks.describe(assetsStack))?.outputs.find((one) => one.name === bucketOutput)?.value;
  if (name === undefined)
    throw new OperatorError('NotDeployable', `The stack ${assetsStack} has no output ${bucketOutput}. Name a bucket with --bucket.`);
  return name;
}

/** @returns the URL of the template */
async function upload({ folder, diff }: AskedDeploy, bucket: AssetBucket, prefix: string, ports: DeployPorts): Promise<string> {
  // CloudFormation computes changes from the template alone.
  const files = diff ? [folder.templateFile] : [...folder.assets, folder.templateFile];
  const { uploaded } = await uploadAssets(bucket, prefix, files, ports);
  if (uploaded.length > 0)
    sayWrapped(ports.output, `${uploaded.length} of ${countOf(files.length, 'file')} were uploaded to ${bucket.name}.`);
  return bucket.urlOf(`${prefix}${folder.templateFile.name}`);
}

function commonOf({ stack, tags, role }: AskedDeploy): Pick<AskedChanges, 'stack' | 'name' | 'tags' | 'role' | 'imports'> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return { stack, name: `${changeSetPrefix}${time}-${randomBytes(3).toString('hex')}`, tags, role, imports: [] };
}

/** What stands for references in texts. */
function valuesFor({ parameters, folder }: AskedDeploy, stack: Stack | undefined, place: Place): Record<string, string> {
  const defaults = Object.entries(folder.template.Parameters).flatMap(([name, { Default: value }]) =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return { ...pseudoParameters(place), ...Object.fromEntries(defaults), ...stack?.parameters, ...parameters };
}

function pseudoParameters({ account, region }: Place): Record<string, string> {
  return { 'AWS::Partition': partitionOf(region), 'AWS::Region': region, 'AWS::AccountId': account };
}

function partitionOf(region: string): string {
  const [, other] = /^(cn|us-gov|eusc)-/.exec(region) ?? [];
  return other === undefined ? 'aws' : `aws-${other}`;
}

async function outputsOf(stack: string, { clients }: DeployPorts): Promise<Record<string, string>> {
  const described = await clients.stacks.describe(stack);
  return Object.fromEntries((described?.outputs ?? []).map(({ name, value }) => [name, value]));
}
