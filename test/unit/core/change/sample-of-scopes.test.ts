import { expect, it } from 'vitest';
import { sampleFor } from '../../../../core/change/trial/try-sample.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { scopeOf } from '../../../../core/transformation/scope.ts';
import { contextFor } from '../../../support/transformations.ts';

const shape = {
  name: 'users-dev',
  keys: [{ name: 'id', type: 'S' as const }],
  indexKeys: { open: 'S' as const },
  indexes: [{ name: 'Open', kind: 'global' as const, keys: ['open'], projected: [] }],
};
const context = contextFor('up');

function link(only: object) {
  const transformation = checkExports({ sequence: 3, adds: ['a'], only, transformUp: () => undefined }, 'Users/v3.ts');
  return { file: 'Users/v3.ts', transformation, context, scope: scopeOf(transformation, shape, context) };
}

const denied = Object.assign(new Error('not authorized to perform dynamodb:Scan'), { name: 'AccessDeniedException' });

it('says which file has to be deployed if the functions may not read the index of a version', async () => {
  await expect(sampleFor([link({ index: 'Open' })], shape, () => Promise.reject(denied))).rejects.toMatchObject({
    name: 'InvalidScope',
    message: expect.stringMatching(/may not read index "Open" .* Put the file of v3 \(Users\/v3\.ts\) back, deploy it, .* `--kept-code`/),
    fields: { sequence: 3 },
    cause: denied,
  });
});

it('leaves other errors, and those of partitions of the table, as they are', async () => {
  const busy = new Error('busy');
  await expect(sampleFor([link({ index: 'Open' })], shape, () => Promise.reject(busy))).rejects.toBe(busy);
  await expect(sampleFor([link({ partitions: ['a'] })], shape, () => Promise.reject(denied))).rejects.toBe(denied);
});
