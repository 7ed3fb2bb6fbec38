import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Language } from './new-transformation.ts';
import { runInProject } from './run-in-project.ts';

export type Runner = 'vitest' | 'jest' | 'node:test';

/** How a project writes, compiles and tests its code, as far as `init` has to know. */
export interface ProjectStyle {
  /** Folder of the nearest package.json. Undefined if there is none. */
  root?: string;
  /** Undefined if package.json names none. */
  runner?: Runner;
  /** True if files without another extension are ES modules. */
  isModule: boolean;
  /** True if Node runs the tests, without a loader that compiles TypeScript: tests and transformations must be what Node itself reads. */
  isNodeAlone: boolean;
  /** How a TypeScript file imports the file `./v1.ts`. */
  importOf: '.ts' | '.js' | '';
  /** The language of the first version: JavaScript if jest has no TypeScript to compile it with. */
  language: Language;
  /** True if the types of Node's own modules are there. */
  hasNodeTypes: boolean;
  /** Where a jest test finds `it` and `expect`. */
  jestGlobals: 'global' | '@jest/globals';
  /** True if jest has to load ES modules as they are, as nothing compiles them to CommonJS: https://jestjs.io/docs/ecmascript-modules */
  jestLoadsModules: boolean;
}

interface Package {
  type?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/**
 * Finds out how the project around a folder works:
 *
 * 1. The test runner: named by the script `test`, by another script, by a dependency, or by a configuration file; of the nearest package.json, or of one above it,
 *    as a workspace has.
 * 2. CommonJS or ESM: `type` of the nearest package.json.
 * 3. The imports that its TypeScript allows: asked from its own compiler.
 */
export async function projectStyle(folder: string): Promise<ProjectStyle> {
  const [nearest, ...above] = packagesAbove(resolve(folder));
  if (!nearest)
    return {
      isModule: true,
      isNodeAlone: false,
      importOf: '.ts',
      language: 'ts',
      hasNodeTypes: false,
      jestGlobals: 'global',
      jestLoadsModules: false,
    };
  const { root, manifest } = nearest;
  const all = [nearest, ...above];
  const runner = all.map(runnerOf).find((found) => found !== undefined);
  const isModule = manifest.type === 'module';
  const scripts = all.flatMap(({ manifest: { scripts = {} } }) => Object.values(scripts)).join('\n');
  const importOf = await importStyle(root, isModule, runner);
  const isCompiled = all.some((one) => jestCompilers.some((name) => name in dependenciesOf(one)));
  return {
    root,
    ...(runner && { runner }),
    isModule,
    isNodeAlone: (runner === undefined || runner === 'node:test') && !/\b(tsx|ts-node|swc|esbuild-register)\b/.test(scripts),
    importOf,
    language:
      runner === 'jest' && !existsSync(join(root, 'tsconfig.json')) && !all.some((one) => 'typescript' in dependenciesOf(one))
        ? 'js'
        : 'ts',
    hasNodeTypes: isInstalled(root, '@types/node/package.json'),
    jestGlobals:
      all.some((one) => '@types/jest' in dependenciesOf(one)) || !isInstalled(root, '@jest/globals') ? 'global' : '@jest/globals',
    jestLoadsModules: scripts.includes('--experimental-vm-modules') || (isModule && !isCompiled),
  };
}

/** Packages of the usual compilers of tests. jest itself compiles no modules. */
const jestCompilers = ['@babel/core', '@babel/preset-env', 'babel-jest', 'ts-jest', '@swc/jest', 'esbuild-jest'];

interface Found {
  root: string;
  manifest: Package;
}

function packagesAbove(folder: string): Found[] {
  const file = join(folder, 'package.json');
  const above = dirname(folder) === folder ? [] : packagesAbove(dirname(folder));
  return existsSync(file) ? [{ root: folder, manifest: JSON.parse(readFileSync(file, 'utf8')) }, ...above] : above;
}

function dependenciesOf({ manifest: { dependencies, devDependencies } }: Found): Record<string, string> {
  return { ...dependencies, ...devDependencies };
}

function runnerOf(found: Found): Runner | undefined {
  const { test = '', ...others } = found.manifest.scripts ?? {};
  const installed = dependenciesOf(found);
  const byDependency = (['vitest', 'jest'] as const).find((name) => name in installed);
  return runnerIn(test) ?? runnerIn(Object.values(others).join('\n')) ?? byDependency ?? configured(found.root);
}

function runnerIn(script: string): Runner | undefined {
  if (/\bvitest\b/.test(script)) return 'vitest';
  if (/\bjest\b/.test(script)) return 'jest';
  return /\b(node|tsx)\b.* --test\b/.test(script) ? 'node:test' : undefined;
}

function configured(root: string): Runner | undefined {
  return (['vitest', 'jest'] as const).find((name) =>
    ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].some((extension) => existsSync(join(root, `${name}.config.${extension}`))),
  );
}

function isInstalled(root: string, name: string): boolean {
  try {
    createRequire(join(root, 'package.json')).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** @returns the extension that imports have in the project's TypeScript */
async function importStyle(root: string, isModule: boolean, runner: Runner | undefined): Promise<ProjectStyle['importOf']> {
  if (!existsSync(join(root, 'tsconfig.json'))) return runner === 'jest' ? '' : '.ts';
  const options = await compilerOptions(root);
  if (options.allowImportingTsExtensions || options.rewriteRelativeImportExtensions) return '.ts';
  // In an ES module, Node's own resolution needs an extension: that of the compiled file.
  return isModule &&
    /^node\d|^nodenext$/i.test(options.moduleResolution ?? options.module ?? '') &&
    !/^node10$/i.test(options.moduleResolution ?? '')
    ? '.js'
    : '';
}

interface CompilerOptions {
  module?: string;
  moduleResolution?: string;
  allowImportingTsExtensions?: boolean;
  rewriteRelativeImportExtensions?: boolean;
}

/** As the project's own compiler reads tsconfig.json, with what it extends; without a compiler, as the text of the file says. */
async function compilerOptions(root: string): Promise<CompilerOptions> {
  const shown = await runInProject(root, 'typescript', 'bin/tsc', ['--showConfig', '--project', '.']);
  try {
    return JSON.parse(shown ?? '').compilerOptions ?? {};
  } catch {
    const text = readFileSync(join(root, 'tsconfig.json'), 'utf8');
    const value = (name: string): string | undefined => new RegExp(`"${name}"\\s*:\\s*"?(\\w+)`).exec(text)?.[1];
    const [module, moduleResolution] = [value('module'), value('moduleResolution')];
    return {
      ...(module && { module }),
      ...(moduleResolution && { moduleResolution }),
      allowImportingTsExtensions: value('allowImportingTsExtensions') === 'true',
      rewriteRelativeImportExtensions: value('rewriteRelativeImportExtensions') === 'true',
    };
  }
}
