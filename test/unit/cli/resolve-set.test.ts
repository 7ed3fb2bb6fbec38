import { expect, it } from 'vitest';
import { type KnownFile, resolveSet } from '../../../cli/parameters/resolve-set.ts';
import { readableSecrets } from '../../support/secrets.ts';

const files: KnownFile[] = [{ sequence: 4, parameters: { days: { type: 'number' } } }];

function resolved(taken: readonly number[]) {
  return resolveSet([{ sequence: undefined, name: 'dayz', text: '3' }], { table: 'Users', files, taken, secrets: readableSecrets });
}

it('names the versions of the run, and one of them in the form that it shows', async () => {
  await expect(resolved([4])).rejects.toThrow(
    '(v4) declares "dayz". They declare 4.days. Correct the name, or name the version: --set 4.dayz=…',
  );
});

it('says so if the run takes no version, as none is pending', async () => {
  await expect(resolved([])).rejects.toThrow('This run takes no version of Users, so none gets "dayz". Leave it out;');
});
