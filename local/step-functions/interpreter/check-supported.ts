import type { States } from './asl.ts';
import { taskRunner } from './run-task.ts';
import { isOfOneField } from './timeout-of-input.ts';

/** Fields that local AWS would ignore, so that a state machine would run differently than in AWS. */
const unsupported = ['ItemReader', 'ItemBatcher', 'ResultWriter', 'HeartbeatSecondsPath'];

/**
 * Checks that local AWS runs these states as AWS does.
 *
 * @throws Error: when local AWS does not support a state; the message names the state.
 */
export function checkSupported({ States: states }: States): void {
  for (const [name, state] of Object.entries(states)) {
    const field = unsupported.find((candidate) => candidate in state);
    if (field) throw new Error(`the state ${name} has ${field}, which local AWS does not support`);
    if (state.TimeoutSecondsPath !== undefined && !isOfOneField(state.TimeoutSecondsPath))
      throw new Error(
        `the state ${name} has the TimeoutSecondsPath ${state.TimeoutSecondsPath}, and local AWS supports only a field of the input, such as $.seconds`,
      );
    if (state.Type === 'Parallel') throw new Error(`the state ${name} is a Parallel, which local AWS does not support`);
    if (state['QueryLanguage'] === 'JSONata') throw new Error(`the state ${name} is in JSONata, local AWS supports JSONPath only`);
    if (state.Type === 'Task' && !taskRunner(state.Resource))
      throw new Error(`the state ${name} has the resource ${state.Resource}, which local AWS does not support`);
    if (state.HeartbeatSeconds !== undefined && !state.Resource?.endsWith('.waitForTaskToken'))
      throw new Error(`the state ${name} has HeartbeatSeconds, which local AWS supports only with .waitForTaskToken`);
    const inner = state.ItemProcessor ?? state.Iterator;
    if (inner) checkSupported(inner);
  }
}
