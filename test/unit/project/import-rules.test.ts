import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../infra/package-root.ts';

/** Design: data flows one way. Each folder may import itself and what stands here. */
const allowed: Record<string, { folders: string[]; packages: RegExp }> = {
  core: { folders: [], packages: /^zod$/ },
  aws: { folders: ['core'], packages: /^(@aws-sdk\/|@aws-crypto\/|@smithy\/types$|zod$|node:(crypto|stream|util|zlib)$)/ },
  functions: { folders: ['core', 'aws'], packages: /^(@aws-sdk\/|@aws-lambda-powertools\/|zod$|node:)/ },
  bundle: { folders: ['core'], packages: /^(esbuild$|node:)/ },
  cli: { folders: ['core', 'aws', 'bundle'], packages: /^(commander|zod$|node:)/ },
  serverless: { folders: [], packages: /^(aws-cdk-lib|@aws-cdk\/toolkit-lib$|dynamodt\/cdk$|zod$|node:)/ },
};

interface Import {
  file: string;
  target: string;
}

function importsIn(folder: string): Import[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      const imports = readFileSync(file, 'utf8').matchAll(/(?:^|\n)(?:import|export)\b[^'";]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'/g);
      return [...imports].map((match) => ({ file: relative(packageRoot, file), target: match[1] ?? match[2] ?? '' }));
    });
}

describe.each(Object.entries(allowed))('%s', (folder, { folders, packages }) => {
  const imports = importsIn(folder);

  it('has imports to check', () => {
    expect(imports.length).toBeGreaterThan(3);
  });

  it('imports only what the layout allows', () => {
    const forbidden = imports.filter(({ file, target }) => {
      if (!target.startsWith('.')) return !packages.test(target);
      if (target.endsWith('/package.json')) return false;
      const [top = ''] = relative(packageRoot, resolve(packageRoot, dirname(file), target)).split('/');
      return top !== folder && !folders.includes(top);
    });
    expect(forbidden).toEqual([]);
  });
});

it('keeps clock, chance, environment and timers out of core', () => {
  const impure = /\bDate\.now\b|new Date\(\)|Math\.random|process\.|setTimeout|performance\./;
  const names = readdirSync(join(packageRoot, 'core'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const files = names.filter((name) => impure.test(readFileSync(join(packageRoot, 'core', name), 'utf8')));
  expect(files).toEqual([]);
});
