import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { itemErrorNames, runErrorNames } from '../../../core/errors.ts';
import { noCounters } from '../../../core/ledger/counters.ts';
import { notFollowedNames } from '../../../core/ledger/follow.ts';
import { runStatuses } from '../../../core/ledger/run-status.ts';
import { versionStatuses } from '../../../core/ledger/versions/version.ts';
import { versionStates } from '../../../core/ledger/versions/version-state.ts';
import { packageRoot } from '../../../infra/package-root.ts';

interface State {
  ItemProcessor?: { States: Record<string, State> };
}

const page = readFileSync(join(packageRoot, 'docs/words.md'), 'utf8');
/** The first column of each line of a table. */
const words = [...page.matchAll(/^\| (?:\*\*(.+?)\*\*|`(.+?)`) \|/gm)].map(([, noun, name]) => noun ?? name ?? '');

function statesIn(states: Record<string, State>): string[] {
  return Object.entries(states).flatMap(([name, { ItemProcessor }]) => [name, ...statesIn(ItemProcessor?.States ?? {})]);
}

const folder = join(packageRoot, 'state-machines');
const stateNames = readdirSync(folder).flatMap((file) =>
  statesIn((JSON.parse(readFileSync(join(folder, file), 'utf8')) as { States: Record<string, State> }).States),
);

/** Names of the findings of `plan`, in the sources that make them. */
const findingNames = readdirSync(join(packageRoot, 'core/plan'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(join(packageRoot, 'core/plan', file), 'utf8').matchAll(/(?:\bname: |\bnote\(\s*)'([A-Z]\w+)'/g)].map(
      ([, name = '']) => name,
    ),
  );

/** Of the gate, and of plans of followed tables. */
const findingsOfFollowing = ['OldWriters', 'FollowFailed', 'QuietUnknown', 'NotFollowed'].filter((name) => findingNames.includes(name));

describe('docs/words.md', () => {
  it.each([
    ['error names of runs', runErrorNames],
    ['error names of items', itemErrorNames],
    ['statuses of runs', runStatuses],
    ['statuses of versions', versionStatuses],
    ['states of versions', versionStates],
    ['counters', Object.keys(noCounters())],
    ['state names', stateNames],
    ['reasons why a version is not followed', notFollowedNames],
    ['findings about followed tables', findingsOfFollowing],
  ])('explains all %s', (_, names) => {
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !words.includes(name))).toEqual([]);
  });

  it('names no state, status, counter, error or finding that does not exist', () => {
    const known: string[] = [
      ...runErrorNames,
      ...itemErrorNames,
      ...runStatuses,
      ...versionStatuses,
      ...versionStates,
      ...Object.keys(noCounters()),
      ...stateNames,
      ...notFollowedNames,
      ...findingNames,
    ];
    const names = [...page.matchAll(/^\| `(.+?)` \|/gm)].map(([, name = '']) => name);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('explains each noun once', () => {
    const nouns = [...page.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, noun]) => noun);
    expect(nouns.length).toBeGreaterThan(30);
    expect(nouns.filter((noun, index) => nouns.indexOf(noun) !== index)).toEqual([]);
  });
});
