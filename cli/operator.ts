import { userInfo } from 'node:os';

/** Who asks, for the ledger: `user:ann`. */
export const operator = (): string => `user:${userName()}`;

/** A container may run as a user that nobody has given a name. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
};
