import type { Json } from '../../json.ts';
import type { State } from './asl.ts';
import { TerminalFailure } from './state-failure.ts';

const oneField = /^\$\.(\w+)$/;

export function isOfOneField(path: string): boolean {
  return oneField.test(path);
}

/**
 * The state with the timeout that its input says, if it has a TimeoutSecondsPath.
 *
 * @throws TerminalFailure: when there is no such number
 */
export function withTimeoutOfInput(state: State, input: Json): State {
  const { TimeoutSecondsPath: path } = state;
  if (path === undefined) return state;
  const [, field = ''] = oneField.exec(path) ?? [];
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  const seconds = isObject && Object.hasOwn(input, field) ? input[field] : undefined;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1)
    throw new TerminalFailure('States.Runtime', `The TimeoutSecondsPath ${path} leads to no whole number of seconds above 0.`);
  return { ...state, TimeoutSeconds: seconds };
}
