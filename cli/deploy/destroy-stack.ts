import type { StackEvent } from '../../aws/deploy/stack-event.ts';
import type { StackResource } from '../../aws/deploy/stacks.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { sayWrapped } from '../terminal/wrapped.ts';
import { deleteStack, quietStack, refusePrepared, refuseProtected } from './change-stack.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { typeName } from './resource-name.ts';
import { type Template, templateIn } from './written-folder.ts';

/** What a deletion is asked for. */
export interface AskedDestroy {
  service: string;
  stack: string;
  role: string | undefined;
  /** Only shows what would be deleted and kept. */
  diff: boolean;
  yes: boolean;
  /** Tables that a run holds now; undefined if the ledger cannot be read. */
  tablesInRuns(): Promise<string[] | undefined>;
}

/** What `deploy --destroy` prints with `--json`. Fields may be added, but not changed. */
export interface DestroyDocument {
  /** `nothing` if there is no such stack. */
  result: 'destroyed' | 'nothing' | 'planned' | 'declined';
  service: string;
  stack: string;
  account: string;
  region: string;
  /** What stays in AWS: its type and its name. */
  kept: { type: string; name: string }[];
}

/** Resources that stay; others that the template keeps go with what they belong to, such as versions with their function. */
const keptTypes = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::KMS::Key'];

/**
 * Deletes the stack of a service. Its ledger, with the bucket and the key, is kept if the stack says so, as it does by default.
 *
 * @throws OperatorError NotDeployable: if the stack is not the service's own, is protected, or a run is under way
 * @throws OperatorError DeployFailed: if something could not be deleted
 * @throws Interrupted: after Ctrl-C
 */
export async function destroyStack(asked: AskedDestroy, ports: DeployPorts): Promise<DestroyDocument> {
  const { clients, output, ask } = ports;
  const { service } = asked;
  const place = { service, stack: asked.stack, account: await clients.account(), region: await clients.region() };
  // A deletion can begin in every state in which nothing is under way.
  const { stack } = await quietStack(asked.stack, ports, 'Nothing was changed in AWS.');
  if (!stack) {
    sayWrapped(output, `There is no stack ${asked.stack} in ${place.region}, account ${place.account}: nothing to delete`);
    return { result: 'nothing', ...place, kept: [] };
  }
  const resources = await clients.stacks.resources(stack.id);
  const isEmpty = stack.status === 'REVIEW_IN_PROGRESS';
  if (isEmpty) await refusePrepared(stack.name, ports);
  else refuseForeign(stack, resources, service);
  refuseProtected(stack, place.region);
  const inRuns = await asked.tablesInRuns();
  if (inRuns === undefined && !asked.yes && !asked.diff)
    throw new OperatorError(
      'NotDeployable',
      'It is not known if runs are under way, because the ledger cannot be read. Nothing was changed. Check the permissions and the key of the ledger, or repeat this with --yes if no run is under way.',
    );
  if (inRuns === undefined) sayWrapped(output, 'It is not known if runs are under way, because the ledger cannot be read.');
  else if (inRuns.length > 0)
    throw new OperatorError(
      'NotDeployable',
      `A run is under way of ${inRuns.join(', ')}, and would fail in the middle. Wait for its end, or stop it with \`npx dynamodt stop ${inRuns[0]}\`, and repeat this.`,
    );

  const template = templateIn(await clients.stacks.template(stack.id));
  const kept = template ? keptOf(resources, template) : [];
  const goes = resources.filter(({ status }) => status !== 'DELETE_COMPLETE').length - kept.length;
  sayWrapped(output, `${stack.name} in ${place.region}, account ${place.account}: ${template ? '' : 'up to '}${goes} resources to delete`);
  for (const { type, name } of kept) output.say(`  kept: ${typeName(type)} ${name}`);
  if (!template && !isEmpty)
    sayWrapped(output, 'The template of the stack is not JSON, so it is not known before the deletion if the ledger is kept.');
  else if (!kept.some(({ type }) => type === 'AWS::DynamoDB::Table') && !isEmpty)
    sayWrapped(output, 'The ledger is deleted, too: nobody will know which versions were applied to the tables.');
  if (asked.diff) return { result: 'planned', ...place, kept };
  if (!asked.yes && ask && !(await ask(`Delete the stack ${stack.name}?`))) return { result: 'declined', ...place, kept };

  const { events } = await deleteStack(stack, asked.role, ports);
  return { result: 'destroyed', ...place, kept: template ? kept : skippedIn(events, resources) };
}

function keptOf(resources: readonly StackResource[], template: Template): DestroyDocument['kept'] {
  return resources
    .filter(({ id, type }) => keptTypes.includes(type) && /^Retain/.test(template.Resources[id]?.DeletionPolicy ?? ''))
    .flatMap(({ type, physicalId: name, status }) => (name === undefined || status === 'DELETE_COMPLETE' ? [] : [{ type, name }]));
}

/** What CloudFormation kept, by the events of the deletion. */
function skippedIn(events: readonly StackEvent[], resources: readonly StackResource[]): DestroyDocument['kept'] {
  const skipped = new Set(events.flatMap(({ id, status }) => (status === 'DELETE_SKIPPED' ? [id] : [])));
  return resources
    .filter(({ id, type }) => keptTypes.includes(type) && skipped.has(id))
    .flatMap(({ type, physicalId: name }) => (name === undefined ? [] : [{ type, name }]));
}
