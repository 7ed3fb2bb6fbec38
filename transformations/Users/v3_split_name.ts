import type { Transform } from 'dynamodt';

/** Splits the full name at its first space. The full name stays for the code that still reads it. */
export const sequence = 3;
export const adds = ['firstName', 'lastName'];

export const transformUp: Transform<{ fullName?: string }> = (user) => {
  if (!user.fullName) return;
  const [firstName, ...rest] = user.fullName.split(' ');
  return { ...user, firstName, lastName: rest.join(' ') };
};
