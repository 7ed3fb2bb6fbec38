import { userInfo } from 'node:os';

/** The operator's name as the ledger records it: `user:ann`. */
export function operator(): string {
  return `user:${userName()}`;
}

/** A container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}
