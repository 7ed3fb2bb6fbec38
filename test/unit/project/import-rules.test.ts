import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../infra/package-root.ts';
import { circlesIn } from '../../support/import-circles.ts';
import { type Import, importsIn } from '../../support/imports-in.ts';

/** Data flows one way. Each top-level folder may import itself, and the folders, files and packages named here. */
const allowed: Record<string, { folders: string[]; packages: RegExp }> = {
  core: { folders: [], packages: /^zod$/ },
  aws: {
    folders: ['core'],
    packages: /^(@aws-sdk\/|@aws-crypto\/|@smithy\/types$|zod$|node:(crypto|https?|stream|stream\/consumers|util|zlib)$)/,
  },
  functions: { folders: ['core', 'aws'], packages: /^(@aws-sdk\/|@aws-lambda-powertools\/|zod$|node:)/ },
  bundle: { folders: ['core'], packages: /^(esbuild$|node:)/ },
  config: { folders: ['core', 'bundle'], packages: /^(zod$|node:)/ },
  cli: { folders: ['core', 'aws', 'bundle', 'config'], packages: /^(commander|zod$|node:)/ },
  serverless: {
    folders: ['config', 'infra/bundled-transformations.ts'],
    packages: /^(aws-cdk-lib|@aws-cdk\/toolkit-lib$|@aws-sdk\/client-dynamodb$|dynamodt\/cdk$|zod$|node:)/,
  },
};

/**
 * The floors of a top-level folder, the lowest first. A file may import its own folder and folders of lower floors: folders of one floor
 * import nothing from each other. `.` is the top-level folder's own files.
 */
const floors: Record<string, { floors: string[][]; entries?: string[] }> = {
  /** segment/ and run/ meet only in what stands in the ledger: a worker and the gate run in different functions, at different times. */
  core: {
    floors: [
      ['.'],
      ['values'],
      ['transformation'],
      ['lookup'],
      ['change'],
      ['item', 'journal'],
      ['ledger'],
      ['segment', 'run'],
      ['follow'],
      ['plan'],
    ],
  },
  aws: {
    floors: [
      ['.'],
      ['http', 'ledger'],
      ['table', 'preparations', 'parameters'],
      ['lookups', 'journal', 'services'],
      ['operator'],
      ['deploy'],
    ],
  },
  cli: {
    floors: [
      ['terminal'],
      ['.'],
      ['parameters'],
      ['progress', 'files'],
      ['run', 'status', 'deploy'],
      ['plan', 'page'],
      ['changes', 'confirm', 'doctor'],
      ['dashboard'],
      ['verbs'],
    ],
    entries: ['cli/main.ts', 'cli/dynamodt.ts', 'cli/command-line.ts'],
  },
  local: {
    floors: [['.'], ['http'], ['dynamodb', 'storage', 'security', 'deploy'], ['functions'], ['step-functions', 'streams'], ['events']],
    entries: ['main', 'serve', 'local-aws', 'front', 'flags', 'served-service', 'sources-service', 'template-service'].map(
      (name) => `local/${name}.ts`,
    ),
  },
  functions: { floors: [['wiring'], ['.']] },
};

/** Every folder that holds TypeScript of ours. */
const everywhere = [
  ...['core', 'aws', 'bundle', 'config', 'functions', 'infra', 'cli', 'serverless', 'local', 'demo', 'bench', 'examples'],
  ...['transformations', 'test'],
];

/** A state can be a Map, which runs states: this recursion may stay. */
const recursionOfAsl = ['run-inline-map', 'run-map', 'run-state', 'run-states'].map(
  (name) => `local/step-functions/interpreter/${name}.ts`,
);

function topOf(path: string): string {
  return path.split('/')[0] ?? '';
}

describe.each(Object.entries(allowed))('%s', (folder, { folders, packages }) => {
  const imports = importsIn(folder);

  it('has imports to check', () => {
    expect(imports.length).toBeGreaterThan(3);
  });

  it('imports only what the layout allows', () => {
    const forbidden = imports.filter(({ target, imported }) => {
      if (imported === undefined) return !packages.test(target);
      if (imported === 'package.json') return false;
      return topOf(imported) !== folder && !folders.includes(topOf(imported)) && !folders.includes(imported);
    });
    expect(forbidden).toEqual([]);
  });
});

describe.each(Object.entries(floors))('the folders of %s', (top, { floors: order, entries = [] }) => {
  const folderOf = (path: string): string => dirname(path).split('/')[1] ?? '.';
  const floorOf = (path: string): number => order.findIndex((folders) => folders.includes(folderOf(path)));
  const isInOrder = ({ file, imported = '' }: Import): boolean =>
    folderOf(file) === folderOf(imported) || floorOf(imported) < floorOf(file);

  it('are all on a floor', () => {
    const folders = readdirSync(join(packageRoot, top), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(
      order
        .flat()
        .filter((name) => name !== '.')
        .sort(),
    ).toEqual(folders.map(({ name }) => name).sort());
  });

  it('import only folders of lower floors', () => {
    const between = importsIn(top).filter(({ file, imported }) => imported && topOf(imported) === top && !entries.includes(file));
    expect(between.length).toBeGreaterThan(3);
    expect(between.filter((found) => !isInOrder(found)).map(({ file, imported }) => `${file} imports ${imported}`)).toEqual([]);
  });

  it('import none of the entries, which put the parts together', () => {
    const upwards = importsIn(top).filter(({ file, imported }) => imported && entries.includes(imported) && !entries.includes(file));
    expect(upwards).toEqual([]);
  });
});

describe('import circles', () => {
  it('exist nowhere but in the recursion of the Amazon States Language', () => {
    expect(circlesIn(everywhere.flatMap(importsIn))).toEqual([recursionOfAsl]);
  });

  it('are found, also through other files, and by whoever imports them', () => {
    const edges = ['a>b', 'b>c', 'c>a', 'x>a', 'd>d', 'c>y', 'p>q', 'q>p', 'a>c'].map((edge) => {
      const [file = '', imported] = edge.split('>');
      return { file, imported };
    });
    expect(circlesIn(edges)).toEqual([['a', 'b', 'c'], ['d'], ['p', 'q']]);
  });
});

it('keeps clock, chance, environment and timers out of core', () => {
  const impure = /\bDate\.now\b|new Date\(\)|Math\.random|process\.|setTimeout|performance\./;
  const names = readdirSync(join(packageRoot, 'core'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const files = names.filter((name) => impure.test(readFileSync(join(packageRoot, 'core', name), 'utf8')));
  expect(files).toEqual([]);
});
