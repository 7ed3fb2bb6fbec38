import type { AskedChanges, ChangeSet, Stack } from '../../aws/deploy/stacks.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { sayWrapped, wrapped } from '../terminal/wrapped.ts';
import { type DeployPorts, Interrupted, nothingMore, pauses } from './deploy-ports.ts';
import { adviceFor, failuresIn } from './failure-causes.ts';
import { type Ending, followStack } from './follow-stack.ts';
import { resourceName, typeName } from './resource-name.ts';
import { readinessOf, type Settled } from './stack-readiness.ts';

/** A change set that waits for its execution. */
export interface ReadyChanges extends ChangeSet {
  stackId: string;
  stack: string;
  type: AskedChanges['type'];
}

/** Waits until nobody changes a stack. @param interrupted what to say after Ctrl-C */
export async function quietStack(
  name: string,
  ports: DeployPorts,
  interrupted: string,
): Promise<{ stack: Stack | undefined; readiness: Settled }> {
  const { clients, output } = ports;
  const pause = pauses(ports, interrupted);
  for (let isTold = false; ; isTold = true) {
    const stack = await clients.stacks.describe(name);
    const readiness = readinessOf(stack);
    if (readiness.is !== 'wait') {
      output.endProgress();
      return { stack, readiness };
    }
    if (!isTold) sayWrapped(output, `The stack ${name} is ${stack?.status}: waiting until that has ended. Ctrl-C ends only this command.`);
    output.progress(() => [`${name} is ${stack?.status}`]);
    await pause();
  }
}

/** The same, for a deploy. @throws OperatorError NotDeployable: if its state permits none */
export async function settledStack(
  name: string,
  ports: DeployPorts,
): Promise<{ stack: Stack | undefined; is: 'create' | 'update' | 'renew' }> {
  const { stack, readiness } = await quietStack(name, ports, nothingMore);
  if (readiness.is === 'refused') throw new OperatorError('NotDeployable', readiness.message);
  return { stack, is: readiness.is };
}

/** Of the names of change sets of this command. */
export const changeSetPrefix = 'dynamodt-';

/** @throws OperatorError NotDeployable: if a stack that has nothing yet has the change set of somebody else */
export async function refusePrepared(stack: string, { clients }: DeployPorts): Promise<void> {
  const other = (await clients.stacks.changeSetNames(stack)).find((name) => !name.startsWith(changeSetPrefix));
  if (other !== undefined)
    throw new OperatorError(
      'NotDeployable',
      `Somebody prepares the stack "${stack}" with the change set ${other}. Nothing was changed. Execute or delete that, or name another stack with --stack.`,
    );
}

/** @throws OperatorError NotDeployable: if a stack that is to be deleted has termination protection */
export function refuseProtected({ name, isProtected }: Stack, region: string): void {
  if (isProtected)
    throw new OperatorError(
      'NotDeployable',
      `The stack "${name}" has termination protection, and would have to be deleted. Nothing was changed. If it may go: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name} --region ${region}`,
    );
}

/**
 * Creates a change set, and waits until CloudFormation has computed it. Whoever gets it executes or discards it.
 *
 * @throws OperatorError NotDeployable: if CloudFormation refuses the template or its parameters
 * @throws OperatorError StackBusy: if somebody else changes the stack now
 */
export async function readyChanges(asked: AskedChanges, ports: DeployPorts): Promise<ReadyChanges> {
  const { clients, output } = ports;
  const created = await clients.stacks.createChangeSet(asked).catch((error: unknown) => {
    throw refused(error, asked.stack);
  });
  const changes = { ...created, stack: asked.stack, type: asked.type };
  try {
    const pause = pauses(ports, nothingMore);
    for (;;) {
      const set = await clients.stacks.changeSet(created.id);
      if (set.status === 'failed') throw await refusedSet(set, ports);
      if (set.status !== 'pending') {
        output.endProgress();
        return { ...changes, ...set };
      }
      if (output.isRedrawn) output.progress(() => [`CloudFormation compares ${asked.stack} with the template`]);
      await pause();
    }
  } catch (error) {
    output.endProgress();
    await discard(changes, ports);
    throw error;
  }
}

/** Removes a change set, and the empty stack that it made, if that is all that there is of the stack. */
export async function discard(
  { id, stackId, type }: Pick<ReadyChanges, 'id' | 'stackId' | 'type'>,
  { clients }: DeployPorts,
): Promise<void> {
  const { stacks } = clients;
  // What cannot be removed does no harm: the next deploy goes on from there.
  await stacks.deleteChangeSet(id).catch(() => undefined);
  if (type === 'UPDATE') return;
  const stack = await stacks.describe(stackId).catch(() => undefined);
  if (stack?.status === 'REVIEW_IN_PROGRESS') await stacks.delete(stackId, tokenOf(id), undefined).catch(() => undefined);
}

/**
 * Executes a change set, follows it, and prints what failed.
 *
 * @throws OperatorError StackBusy: if somebody else changed the stack since the change set was computed
 * @throws OperatorError DeployFailed: if CloudFormation took it back, or could not
 * @throws Interrupted: after Ctrl-C
 */
export async function executeChanges(changes: ReadyChanges, ports: DeployPorts): Promise<void> {
  const { clients, signal } = ports;
  const { id, stackId, stack } = changes;
  const after = await clients.stacks.newestEvent(stackId);
  try {
    if (signal.aborted) throw new Interrupted(nothingMore);
    await clients.stacks.execute(id, tokenOf(id));
  } catch (error) {
    await discard(changes, ports);
    throw refused(error, stack);
  }
  const region = await clients.region();
  const total = changes.changes.filter(({ action }) => action !== 'leave').length;
  const ending = await followStack({ operation: changes.type, stack, stackId, region, after, total }, ports);
  if (!/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(ending.status)) throw failed(stack, ending, ports);
}

/** Deletes a stack, and follows that. @throws OperatorError DeployFailed @throws Interrupted */
export async function deleteStack({ id: stackId, name }: Stack, role: string | undefined, ports: DeployPorts): Promise<Ending> {
  const { clients, signal } = ports;
  const after = await clients.stacks.newestEvent(stackId);
  const { length: total } = await clients.stacks.resources(stackId);
  if (signal.aborted) throw new Interrupted('Nothing more is changed in AWS.');
  await clients.stacks.delete(stackId, tokenOf(`${name}-${Date.now()}`), role);
  const region = await clients.region();
  const ending = await followStack({ operation: 'DELETE', stack: name, stackId, region, after, total }, ports);
  if (ending.status !== 'DELETE_COMPLETE') throw failed(name, ending, ports);
  return ending;
}

/** Prints what failed, the cause first. */
function failed(stack: string, { status, events }: Ending, { output }: DeployPorts): OperatorError {
  const [cause, ...others] = failuresIn(events);
  for (const [index, { id, type, reason }] of [cause, ...others]
    .flatMap((one) => one ?? [])
    .slice(0, 5)
    .entries()) {
    output.say(`${index === 0 ? 'Cause' : 'Then'}: ${typeName(type)} ${resourceName(id)}`);
    for (const line of wrapped(reason, '  ', 76)) output.say(`  ${line.trimStart()}`);
  }
  const why = cause
    ? `${resourceName(cause.id)} failed: ${cause.reason.replace(/\.$/, '')}.`
    : 'CloudFormation names no resource that failed.';
  const advice = adviceFor(cause?.reason ?? '');
  return new OperatorError(
    'DeployFailed',
    [`The stack ${stack} is ${status}. ${why}`, advice, whatIsNow(stack, status)].filter(Boolean).join(' '),
  );
}

function whatIsNow(stack: string, status: string): string {
  switch (status) {
    case 'UPDATE_ROLLBACK_COMPLETE':
      return 'The service is as it was before this deploy. Mend the cause, and deploy again.';
    case 'ROLLBACK_COMPLETE':
    case 'IMPORT_ROLLBACK_COMPLETE':
      return 'What was created is deleted again. Mend the cause, and deploy again: that begins anew.';
    case 'DELETE_COMPLETE':
      return 'The stack was deleted meanwhile. Deploy again.';
    default: {
      const readiness = readinessOf({ name: stack, status, statusReason: undefined });
      return readiness.is === 'refused' ? readiness.message.replace(/^.*? is \S+\. /, '') : 'Mend the cause, and deploy again.';
    }
  }
}

async function refusedSet({ id, reason }: ChangeSet, { clients }: DeployPorts): Promise<OperatorError> {
  const found = /EarlyValidation/i.test(reason) ? await clients.stacks.validationProblems(id).catch(() => []) : [];
  const why = found.length > 0 ? found.join(' ') : reason;
  return new OperatorError(
    'NotDeployable',
    `CloudFormation refuses the deploy before it begins: ${ended(why)} ${adviceFor(why)}`.trimEnd(),
  );
}

/** An error of a request that changes a stack; other errors are returned unchanged. */
function refused(error: unknown, stack: string): unknown {
  if (!(error instanceof Error)) return error;
  const isOfState = /is in \S+ state|_IN_PROGRESS|OBSOLETE|already exists/i.test(error.message);
  if (
    /^(InvalidChangeSetStatus|OperationInProgress|ChangeSetNotFound|AlreadyExists)/.test(error.name) ||
    (error.name === 'ValidationError' && isOfState)
  )
    return new OperatorError(
      'StackBusy',
      `Somebody else changes the stack ${stack}, or has changed it since this deploy compared it (${error.message.replace(/\.$/, '')}). This deploy changes nothing more. Run it again: it waits until the other one has ended, and compares again.`,
      { cause: error },
    );
  if (error.name === 'InsufficientCapabilitiesException' || /capabilit/i.test(error.message))
    return new OperatorError(
      'NotDeployable',
      `The role of --role, or a policy of the organisation, does not permit stacks that contain IAM roles with names (${ended(error.message)}) Ask for CAPABILITY_NAMED_IAM, or let whoever has it deploy the folder of \`npx dynamodt template\`.`,
      { cause: error },
    );
  if (error.name === 'ValidationError')
    return new OperatorError('NotDeployable', `CloudFormation refuses the deploy of the stack ${stack}: ${ended(error.message)}`, {
      cause: error,
    });
  return error;
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Up to 128 letters, digits and hyphens. */
function tokenOf(text: string): string {
  return text
    .replace(/[^\w-]+/g, '-')
    .slice(-100)
    .replace(/^[^a-zA-Z]+/, '');
}
