import type { UndoneApplication } from './undone.ts';

/**
 * Versions that are swept together, one after the other with `--one-by-one`. Journals take the first and the third back, a function the second.
 * Each marks what it has done, so that the application's later values stay.
 */
export const versionsTogether: Record<string, string> = {
  'v1.ts': `export const sequence = 1;
export const adds = ['shouted'];
export const overwrites = ['text'];
export const transformUp = (item) => (item.shouted ? item : { ...item, text: item.text + '!', shouted: true });
`,
  'v2.ts': `export const sequence = 2;
export const adds = ['doubled'];
export const transformUp = (item) => ({ ...item, doubled: 2 * item.n });
export const transformDown = ({ doubled, ...item }) => item;
`,
  'v3.ts': `export const sequence = 3;
export const adds = ['cleaned'];
export const removes = ['old'];
export const transformUp = (item) => {
  if (item.cleaned) return item;
  const { old, ...rest } = item;
  return { ...rest, cleaned: true };
};
`,
};

/** For {@link versionsTogether}. */
export const togetherApplication: UndoneApplication = {
  itemOf: (n) => ({ n: { N: String(n) }, text: { S: `text of ${n}` }, old: { S: `o${n}` }, own: { S: '' } }),
  written: ['text', 'own', 'old'],
  mayDelete: () => true,
};

/** An attribute that each item has after each version. */
export const addedTogether = ['shouted', 'doubled', 'cleaned'];
