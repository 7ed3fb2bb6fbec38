import { userInfo } from 'node:os';

/** Who asks, for the ledger: `user:ann`. */
export function operator(): string {
  return `user:${userName()}`;
}

/** A container may run as a user that nobody has given a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}
