import type { StackEvent } from '../../aws/deploy/stack-event.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { duration } from '../terminal/in-words.ts';
import { type DeployPorts, Interrupted, pauses } from './deploy-ports.ts';
import { resourceName, typeName } from './resource-name.ts';

/** How an operation on a stack ended. */
export interface Ending {
  status: string;
  events: StackEvent[];
}

export interface Followed {
  /** `deploy`, `deletion` */
  what: string;
  stack: string;
  /** ARN */
  stackId: string;
  region: string;
  /** The newest event before the operation. */
  after: string | undefined;
  /** How many resources it is about. */
  total: number;
}

/** The network may fail for a while; CloudFormation continues meanwhile. */
const unreachableFor = 10 * 60_000;
/** Polls without an event after which the stack itself is asked if it has ended: its last event may never come. */
const quietPolls = 5;

/**
 * Follows an operation on a stack until its end, and prints a line for each resource that is done or failed.
 *
 * @throws Interrupted: after Ctrl-C
 * @throws OperatorError: if AWS refuses the questions, or does not answer for ten minutes
 */
export async function followStack(followed: Followed, ports: DeployPorts): Promise<Ending> {
  const { clients, output } = ports;
  const { stackId, total } = followed;
  const startedAt = performance.now();
  const pause = pauses(ports);
  const events: StackEvent[] = [];
  const busy = new Map<string, StackEvent>();
  const done = new Set<string>();
  let newest = followed.after;
  let answeredAt = startedAt;
  let quiet = 0;
  for (;;) {
    try {
      const news = await clients.stacks.eventsAfter(stackId, newest);
      answeredAt = performance.now();
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
      const mayPass = explained instanceof OperatorError && explained.name === 'EndpointUnreachable' && isOfNetwork(error);
      if (!mayPass || performance.now() - answeredAt > unreachableFor) throw withWhereabouts(explained, followed);
    }
    output.progress((width) => frame(width, { done: done.size, total, busy: [...busy.values()], since: performance.now() - startedAt }));
    await pause().catch(() => {
      output.endProgress();
      throw new Interrupted(goesOn(followed));
    });
  }
}

/** What to say if nobody follows any longer. */
export function goesOn({ what, stack, region }: Pick<Followed, 'what' | 'stack' | 'region'>): string {
  return `The ${what} of the stack ${stack} goes on in AWS without this command. \`npx dynamodt deploy\` waits for its end and goes on; \`aws cloudformation describe-stack-events --stack-name ${stack} --region ${region}\` shows it. To take back an update: \`aws cloudformation cancel-update-stack --stack-name ${stack} --region ${region}\`.`;
}

function withWhereabouts(explained: unknown, followed: Followed): unknown {
  if (!(explained instanceof OperatorError)) return explained;
  return new OperatorError(explained.name, `${explained.message} ${goesOn(followed)}`, { cause: explained });
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
