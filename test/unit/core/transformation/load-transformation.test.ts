import { expect, it } from 'vitest';
import { loadTransformation } from '../../../../core/transformation/load-transformation.ts';

const file = { file: 'Users/v2.js', sequence: 2, checksum: '2:0', module: 'v2.mjs' };

it.each(['module', 'exports', 'require'])(
  'a file of CommonJS that is read as an ES module is refused with what to do: %s',
  async (name) => {
    const loading = loadTransformation(file, () => Promise.reject(new ReferenceError(`${name} is not defined in ES module scope`)));

    await expect(loading).rejects.toMatchObject({
      name: 'InvalidTransformation',
      message: expect.stringMatching(new RegExp(`Users/v2\\.js uses \`${name}\` of CommonJS, .*"type": "module".*\\.cjs\\.$`)),
    });
  },
);

it('a file that uses something else that is not defined throws when it is loaded', async () => {
  const loading = loadTransformation(file, () => Promise.reject(new ReferenceError('modules is not defined')));

  await expect(loading).rejects.toThrow('Users/v2.js throws ReferenceError when it is loaded');
});
