import { ExecutionError, StateMachine } from 'aws-local-stepfunctions';
import type { Json } from '../../json.ts';
import type { State } from './asl.ts';
import { rewriteState } from './rewrite-state.ts';
import { StateFailure, TerminalFailure } from './state-failure.ts';

/** The result of a state: its output, and the next state unless it was the last. */
export interface Outcome {
  output: Json;
  next?: string;
}

/** The context object, `$$`. */
export type ContextObject = { [field: string]: unknown };

/**
 * Interprets one state: paths, templates, choices, waits; not its Retry and Catch. `task` does the work of a Task or Map.
 *
 * The interpreter package runs only complete machines. It gets a machine of this one state, and a stub in place of each state that can
 * follow; the stub that it reaches tells the next state and its input. So this code controls every transition: it can record, stop and resume it.
 *
 * @throws StateFailure: when the state fails.
 * @throws the reason of `signal`: when it aborts.
 */
export async function interpretState(
  state: State,
  input: Json,
  context: ContextObject,
  signal: AbortSignal,
  task: (input: Json) => Promise<Json> = async (unchanged) => unchanged,
): Promise<Outcome> {
  signal.throwIfAborted();
  const { machine, followers } = machineOf(state);
  let landed: Outcome | undefined;
  const stubs = followers.map((name) => {
    const land = async (output: Json): Promise<void> => {
      landed = name === '' ? { output } : { output, next: name };
    };
    return [landing(name), land];
  });
  const run = machine.run(input, {
    context: { Local: context },
    overrides: { taskResourceLocalHandlers: { ...Object.fromEntries(stubs), state: task } },
  });
  signal.addEventListener('abort', run.abort);
  try {
    const output: Json = await run.result;
    return landed ?? { output };
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(error);
  } finally {
    signal.removeEventListener('abort', run.abort);
  }
}

interface Machine {
  machine: StateMachine;
  followers: string[];
}

const machines = new WeakMap<State, Machine>();

function machineOf(state: State): Machine {
  const known = machines.get(state);
  if (known) return known;
  const followers = new Set<string>();
  const follow = (name: string): string => landing(followers.add(name) && name);
  const { End, Next, Retry: _retry, Catch: _catch, ...alone } = rewriteState(state);
  const lasts = alone.Type === 'Succeed' || alone.Type === 'Fail' || alone.Type === 'Choice';
  const linked: State = {
    ...alone,
    ...(!lasts && { Next: follow(End ? '' : (Next ?? '')) }),
    ...(alone.Choices && { Choices: alone.Choices.map((choice) => ({ ...choice, Next: follow(choice.Next) })) }),
    ...(alone.Default !== undefined && { Default: follow(alone.Default) }),
  };
  const stubs = [...followers].map((name) => [landing(name), { Type: 'Task', Resource: 'local:landing', End: true }]);
  const definition = { StartAt: 'state', States: { state: linked, ...Object.fromEntries(stubs) } };
  // The whole machine was validated when it was loaded.
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const made = { machine, followers: [...followers] };
  machines.set(state, made);
  return made;
}

/** The name of a stub, which differs from the name of its state, since a state may follow itself. */
function landing(name: string): string {
  return `→${name}`;
}

function failureOf(error: unknown): StateFailure {
  const cause = error instanceof ExecutionError ? error.cause : error;
  if (cause instanceof StateFailure) return cause;
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  const text = message === name ? '' : message;
  return name === 'States.Runtime' ? new TerminalFailure(name, text) : new StateFailure(name, text);
}
