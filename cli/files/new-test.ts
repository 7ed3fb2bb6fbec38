import type { ProjectStyle } from './project-style.ts';

/**
 * The text of a version's test, for the project's runner. It passes before anything is filled in.
 *
 * @param imported the transformation, as the test imports it
 * @param isCommonJs the test is JavaScript that nothing compiles, in a CommonJS package
 */
export function newTest(
  table: string,
  sequence: number,
  imported: string,
  { runner, jestGlobals, root }: Partial<ProjectStyle>,
  isCommonJs = false,
): string {
  // Without a package.json there is no project to follow.
  const known = runner ?? (root === undefined ? 'vitest' : 'node:test');
  const lines = {
    vitest: ["import { check } from 'dynamodt/testing';", "import { expect, it } from 'vitest';"],
    jest: [
      ...(jestGlobals === 'global' ? [] : ["import { expect, it } from '@jest/globals';"]),
      "import { check } from 'dynamodt/testing';",
    ],
    'node:test': [
      "import { deepEqual } from 'node:assert/strict';",
      "import { it } from 'node:test';",
      "import { check } from 'dynamodt/testing';",
    ],
  }[known];
  return [
    ...(isCommonJs ? ["const { check } = require('dynamodt/testing');"] : lines),
    isCommonJs ? `const v${sequence} = require('${imported}');` : `import * as v${sequence} from '${imported}';`,
    '',
    `/** Items of ${table} before v${sequence}, one of each kind. */`,
    "const before = [{ id: '1' }];",
    `/** The same items after v${sequence}. */`,
    "const after = [{ id: '1' }];",
    '',
    "it('gives each item its new shape, and its old one back', async () => {",
    `  // Fails if v${sequence} changes what it does not declare, changes its own result again, or if its way down does not restore the items.`,
    `  const checked = await check(v${sequence}, before);`,
    '',
    known === 'node:test'
      ? '  deepEqual(checked.map(({ after: [item] }) => item), after);'
      : '  expect(checked.map(({ after: [item] }) => item)).toEqual(after);',
    '});',
    '',
  ].join('\n');
}

/** The command that runs a test alone. */
export function testCommand(test: string, { runner, isNodeAlone, root, jestLoadsModules }: ProjectStyle): string {
  const path = test.includes(' ') ? `'${test}'` : test;
  if (runner === 'jest') return `${jestLoadsModules ? 'NODE_OPTIONS=--experimental-vm-modules ' : ''}npx jest ${path}`;
  if (runner === 'vitest' || root === undefined) return `npx vitest run ${path}`;
  return isNodeAlone ? `node --test ${path}` : `npx tsx --test ${path}`;
}
