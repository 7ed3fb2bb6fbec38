import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isOlder, oldestCdk } from '../../../infra/checks/refuse-old-cdk.ts';
import { packageRoot } from '../../../infra/package-root.ts';

const { engines, peerDependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
const oldest = JSON.parse(readFileSync(join(packageRoot, 'test/package/oldest/package.json'), 'utf8'));
const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');

it('names in README the oldest versions that package.json permits', () => {
  const [node, typescript, cdk] = [engines.node, peerDependencies.typescript, peerDependencies['aws-cdk-lib']].map((range) =>
    String(range).replace(/^(>=|\^)/, ''),
  );

  expect(readme).toMatch(new RegExp(`^\\| Node, .* \\| ${node} \\|`, 'm'));
  expect(readme).toMatch(new RegExp(`^\\| TypeScript, .* \\| ${typescript} \\|`, 'm'));
  expect(readme).toMatch(new RegExp(`^\\| aws-cdk-lib, .* \\| ${cdk} \\|`, 'm'));
  expect(cdk).toBe(oldestCdk);
  expect(oldest.devDependencies.typescript).toMatch(new RegExp(`^${typescript}\\.\\d+$`));
});

it.each([
  ['2.169.9', true],
  ['1.204.0', true],
  ['2.170.0', false],
  ['2.1000.0', false],
  ['3.0.0', false],
])('compares versions by their numbers: aws-cdk-lib %s is too old: %s', (version, expected) => {
  expect(isOlder(version, '2.170.0')).toBe(expected);
});
