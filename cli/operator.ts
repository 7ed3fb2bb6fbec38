import { userInfo } from 'node:os';
import type { DeployedService } from '../aws/operator/deployed-service.ts';

/** The operator's name as the ledger records it: `user:ann`. */
export function operator(): string {
  return `user:${userName()}`;
}

/** Who starts a run: the ARN of the caller, or the name on this machine if STS does not tell it. */
export async function startedBy(service: Pick<DeployedService, 'callerArn'>): Promise<string> {
  return (await service.callerArn().catch(() => undefined)) ?? operator();
}

/** A container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}
