import { Token } from 'aws-cdk-lib';
import { hoursProblem } from '../../core/ledger/limits/hours.ts';

/** @throws Error: when runs could not follow these hours */
export function refuseHours(onlyBetween: string | undefined): void {
  if (onlyBetween === undefined || Token.isUnresolved(onlyBetween)) return;
  const problem = hoursProblem(onlyBetween);
  if (problem !== undefined) throw new Error(`\`onlyBetween: '${onlyBetween}'\` ${problem}.`);
}
