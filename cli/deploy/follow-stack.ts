import type { StackEvent } from '../../aws/deploy/stack-event.ts';
import type { AskedChanges } from '../../aws/deploy/stacks.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { duration } from '../terminal/in-words.ts';
import { type DeployPorts, Interrupted, nothingMore, pauses } from './deploy-ports.ts';
import { resourceName, typeName } from './resource-name.ts';

/** How an operation on a stack ended. */
export interface Ending {
  status: string;
  events: StackEvent[];
}

export interface Followed {
  operation: AskedChanges['type'] | 'DELETE';
  stack: string;
  /** ARN */
  stackId: string;
  region: string;
  /** The newest event before the operation. */
  after: string | undefined;
  /** How many resources it is about. */
  total: number;
}

/** The network may fail for a while, or CloudFormation have no answer; it continues meanwhile. */
const unreachableFor = 10 * 60_000;
/** Polls without an event after which the stack itself is asked if it has ended: its last event may never come. */
const quietPolls = 5;

/**
 * Follows an operation on a stack until its end, and prints a line for each resource that is done or failed.
 *
 * @throws Interrupted: after Ctrl-C
 * @throws Error: if AWS refuses the questions, or gives no answer for ten minutes
 */
export async function followStack(followed: Followed, ports: DeployPorts): Promise<Ending> {
  const { clients, output, now } = ports;
  const { stackId, total } = followed;
  const startedAt = now();
  const pause = pauses(ports, nothingMore);
  const events: StackEvent[] = [];
  const busy = new Map<string, StackEvent>();
  const done = new Set<string>();
  let newest = followed.after;
  let answeredAt = startedAt;
  let quiet = 0;
  for (;;) {
    try {
      const news = await clients.stacks.eventsAfter(stackId, newest);
      answeredAt = now();
      newest = news.at(-1)?.eventId ?? newest;
      events.push(...news);
      for (const event of news.filter(({ isOfStack }) => !isOfStack)) {
        const isUnderWay = event.status.endsWith('_IN_PROGRESS');
        if (isUnderWay) busy.set(event.id, event);
        else {
          busy.delete(event.id);
          done.add(event.id);
          output.say(eventLine(event));
        }
      }
      const last = news.findLast(({ isOfStack }) => isOfStack);
      if (last && isEnd(last.status)) {
        output.endProgress();
        return { status: last.status, events };
      }
      quiet = news.length > 0 ? 0 : quiet + 1;
      const status = quiet > quietPolls ? (await clients.stacks.describe(stackId))?.status : undefined;
      if (status !== undefined && isEnd(status)) {
        output.endProgress();
        return { status, events };
      }
    } catch (error) {
      const explained = await ports.explain(error);
      const mayPass =
        isOfService(error) || (explained instanceof OperatorError && explained.name === 'EndpointUnreachable' && isOfNetwork(error));
      if (!mayPass || now() - answeredAt > unreachableFor) throw withWhereabouts(explained, followed);
    }
    output.progress((width) => frame(width, { done: done.size, total, busy: [...busy.values()], since: now() - startedAt }));
    await pause().catch(() => {
      output.endProgress();
      throw new Interrupted(goesOn(followed));
    });
  }
}

/** What to say if nobody follows any longer. */
function goesOn({ operation, stack, stackId, region }: Followed): string {
  const isDeletion = operation === 'DELETE';
  const look = `aws cloudformation describe-stack-events --stack-name ${isDeletion ? stackId : stack} --region ${region}`;
  // CloudFormation cancels updates only.
  const back =
    operation === 'UPDATE'
      ? `To take it back: \`aws cloudformation cancel-update-stack --stack-name ${stack} --region ${region}\`.`
      : 'It cannot be cancelled.';
  return `The ${isDeletion ? 'deletion' : 'deploy'} of the stack ${stack} goes on in AWS without this command. \`npx dynamodt deploy${isDeletion ? ' --destroy' : ''}\` waits for its end${isDeletion ? '' : ' and goes on'}; \`${look}\` shows it. ${back}`;
}

function withWhereabouts(explained: unknown, followed: Followed): unknown {
  if (!(explained instanceof Error)) return explained;
  const name = explained instanceof OperatorError ? explained.name : 'EndpointUnreachable';
  const message =
    explained instanceof OperatorError
      ? explained.message
      : `CloudFormation gave no events (${explained.name}: ${explained.message.replace(/\.$/, '')}).`;
  return new OperatorError(name, `${message} ${goesOn(followed)}`, { cause: explained });
}

/** Throttling, and failures of CloudFormation itself. */
function isOfService(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { httpStatusCode = 0 } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
  return httpStatusCode >= 500 || /Throttl|TooManyRequests|RequestLimitExceeded/.test(error.name);
}

/** Without credentials, it does not become better by waiting. */
function isOfNetwork(error: unknown): boolean {
  return error instanceof Error && !/^(Credentials|Token)ProviderError$/.test(error.name);
}

function isEnd(status: string): boolean {
  return status !== '' && !status.endsWith('_IN_PROGRESS');
}

const words: Record<string, string> = {
  CREATE_COMPLETE: 'created',
  UPDATE_COMPLETE: 'changed',
  DELETE_COMPLETE: 'deleted',
  DELETE_SKIPPED: 'kept',
  IMPORT_COMPLETE: 'taken in',
};

/** `created   Lambda::Function FunctionsStartRun`, within 80 columns. */
function eventLine({ status, type, id }: StackEvent): string {
  const word = status.endsWith('_FAILED') ? 'FAILED' : (words[status] ?? status.toLowerCase().replaceAll('_', ' '));
  return `  ${word.padEnd(9)} ${typeName(type)} ${resourceName(id)}`.slice(0, 80);
}

function frame(width: number, { done, total, busy, since }: { done: number; total: number; busy: StackEvent[]; since: number }): string[] {
  const names = busy.map(({ id }) => resourceName(id)).join(', ');
  const line = `${Math.min(done, total)} of ${total} resources, ${duration(since)}${names ? `: ${names}` : ''}`;
  return [line.length > width ? `${line.slice(0, width - 1)}…` : line];
}
