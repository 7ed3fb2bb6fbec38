import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { scatter } from '../../core/run/map-size.ts';
import { namesOf } from '../../local/names.ts';
import type { Execution } from '../../local/step-functions/execution.ts';
import { LocalEngine } from '../../local/step-functions/local-engine.ts';
import { loadStateMachines } from '../../local/step-functions/state-machines.ts';

export interface StateMachineLoad {
  /** State transitions, which AWS bills: of the execution and all its children. */
  transitions: number;
  /** Events of the execution itself, for all passes. */
  events: number;
  /** Events of a child, and those that each further invocation of its worker adds. */
  eventsOfChild: number;
  eventsOfInvocation: number;
  /** Of what SettlePass returns with the numbers of all segments, and of what all children return. */
  decisionBytes: number;
  outputBytes: number;
}

/** Runs the real state machine in local Step Functions, with functions that do nothing: two passes over all segments. */
export async function stateMachineLoad(segments: number): Promise<StateMachineLoad> {
  const two = await measure(segments, 1);
  const again = await measure(1, 2);
  const once = await measure(1, 1);
  return { ...two, eventsOfInvocation: again.eventsOfChild - once.eventsOfChild };
}

async function measure(segments: number, invocations: number): Promise<Omit<StateMachineLoad, 'eventsOfInvocation'>> {
  const names = namesOf('bench', 'us-east-1');
  const folder = join(import.meta.dirname, '../../state-machines');
  const decisions = [...new Array<string>(2).fill('transform'), 'succeed'];
  const invoked = new Map<number, number>();
  const numbers = { table: 'Users', run: 'r1', pass: 1, decisionNumber: 1, maxConcurrency: 1000, toleratedFailurePercentage: 10 };
  const decide = () => ({ decision: decisions.shift() ?? 'succeed', ...numbers, segments: scatter(segments) });
  const engine = new LocalEngine({
    names,
    machines: await loadStateMachines(folder, names),
    invoke: async (functionName, event, { onStart }) => {
      onStart?.();
      if (!functionName.endsWith('transform-segment')) return decide();
      const segment = typeof event === 'object' && event !== null && 'segment' in event ? Number(event['segment']) : 0;
      const count = (invoked.get(segment) ?? 0) + 1;
      invoked.set(segment, count);
      return { more: count < invocations };
    },
    onEnd: () => {},
  });
  const machine = engine.machines.get(names.stateMachineArn('transform-table'));
  if (!machine) throw new Error('There is no state machine transform-table.');
  const name = randomUUID();
  const execution = engine.start({ arn: names.executionArn(machine.name, name), name, machine, input: JSON.stringify({ table: 'Users' }) });
  await execution.ended();
  if (execution.status !== 'SUCCEEDED') throw new Error(`The execution ended as ${execution.status}: ${execution.cause}`);
  const children = [...engine.executions.values()].filter(({ mapRunArn }) => mapRunArn !== undefined);
  return {
    transitions: [execution, ...children].reduce((sum, one) => sum + transitionsOf(one), 0),
    events: execution.history.events.length,
    eventsOfChild: children[0]?.history.events.length ?? 0,
    decisionBytes: Buffer.byteLength(JSON.stringify(decide())),
    outputBytes: children.slice(0, segments).reduce((sum, { output = '' }) => sum + output.length + 1, 1),
  };
}

/** Each state that is entered. */
function transitionsOf({ history }: Execution): number {
  return history.events.filter(({ type }) => type.endsWith('StateEntered')).length;
}
