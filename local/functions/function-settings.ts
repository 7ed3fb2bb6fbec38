import { defaultWorkerMemory, deployedFunctions } from '../../infra/deployed-functions.ts';

/** Timeouts by function name, in seconds, the same as the construct sets in AWS. */
export const functionTimeouts: Record<string, number> = Object.fromEntries(
  Object.entries(deployedFunctions).map(([name, { timeout }]) => [name, timeout]),
);

/** Timeout of functions that are not deployed to AWS, in seconds. */
export const defaultFunctionTimeout = 300;

/** Memory in MB; reported to the functions, but not enforced. */
export function functionMemory(name: string): number {
  return deployedFunctions[name]?.memory ?? defaultWorkerMemory;
}

/** True if the function contains the team's transformations. */
export function carriesTransformations(name: string): boolean {
  return deployedFunctions[name]?.carriesTransformations ?? true;
}
