import { userInfo } from 'node:os';
import type { OperatorAccount } from '../aws/operator/operator-account.ts';

/** The operator's name as the ledger records it: `user:ann`. */
export function operator(): string {
  return `user:${userName()}`;
}

/** Who starts a run: the ARN of the caller, or the name on this machine if STS does not tell it. */
export async function startedBy(service: { account: Pick<OperatorAccount, 'callerArn'> }): Promise<string> {
  return (await service.account.callerArn().catch(() => undefined)) ?? operator();
}

/** A container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}
