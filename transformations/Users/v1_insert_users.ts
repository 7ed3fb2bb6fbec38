/**
 * Inserts a few users where their key is free. Down deletes those that still are as they were inserted here; a user that the
 * application has changed or deleted since is its own.
 */
export const sequence = 1;

export const seed = [
  { id: 'user-ada', fullName: 'Ada Lovelace', email: 'ada@example.com' },
  { id: 'user-alan', fullName: 'Alan Mathison Turing', email: 'alan@example.com' },
  { id: 'user-grace', fullName: 'Grace Hopper', email: 'grace@example.com' },
];
