import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../infra/package-root.ts';
import { longest } from '../../support/longest-first.ts';

it('replaces modules only in files that have a process of their own', () => {
  const files = globSync('test/**/*.test.ts', { cwd: packageRoot });
  const replacing = files.filter((file) => /\bvi\.(do)?[mM]ock\(/.test(readFileSync(join(packageRoot, file), 'utf8')));

  expect(files.length).toBeGreaterThan(300);
  expect(replacing.toSorted()).toEqual(files.filter((file) => file.endsWith('.isolated.test.ts')).toSorted());
});

it('begins with files that exist', () => {
  expect(longest.filter((file) => !existsSync(join(packageRoot, 'test', `${file}.test.ts`)))).toEqual([]);
});
