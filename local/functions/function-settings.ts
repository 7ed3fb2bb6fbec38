import { deployedFunctions } from '../../infra/deployed-functions.ts';

/** Seconds after which a function is killed, by name; as the construct sets them in AWS. */
export const functionTimeouts: Record<string, number> = Object.fromEntries(
  Object.entries(deployedFunctions).map(([name, { timeout }]) => [name, timeout]),
);

/** Seconds for functions that are not deployed to AWS. */
export const defaultFunctionTimeout = 300;

/** MB; only told to the functions, not enforced. */
export const functionMemory = 1769;

/** Whether a deploy of transformations brings new code to a function. */
export function carriesTransformations(name: string): boolean {
  return deployedFunctions[name]?.carriesTransformations ?? true;
}
