import type { Transform } from 'dynamodt';

/**
 * Gives each user a random number. `adds` sets an attribute only where it is missing, so calling the function again for the same
 * user, after a crash or a lost race, never changes a number that is there.
 */
export const sequence = 2;
export const adds = ['randomNumber'];

export const transformUp: Transform<{ fullName?: string }> = (user) => {
  if (!user.fullName) return;
  return { ...user, randomNumber: Math.floor(Math.random() * 1_000_000) };
};

/** Must be written out: what is random cannot be recognised as what `transformUp` gave. */
export const transformDown: Transform<{ randomNumber?: number }> = ({ randomNumber, ...user }) => user;
