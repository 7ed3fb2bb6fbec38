import { readFile } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import type { Plugin } from 'esbuild';
import { pathFrom, standInSpace, textSpace } from './input-files.ts';
import { isOfPackage, packageVersion } from './package-versions.ts';

/** The module that defines `__dirname` and `__filename`, which an ES module does not have. A bundle contains it only if it uses them. */
export const pathsModule = 'dynamodt-paths';

/** Packages by which other packages find their native code. */
const nativeLoaders = /^(bindings|node-gyp-build|node-gyp-build-optional-packages|(@mapbox\/)?node-pre-gyp|pkg-prebuilds|@neon-rs\/load)$/;
const native = 'native code of ';
const raw = '?raw';

/** The error that a module throws in the place of native code; its message is a clause that follows the file's name. */
export const notBundled = 'NotBundled';

/**
 * Imports that the bundler does not know, or that a deploy cannot contain:
 *
 * 1. `import text from './a.csv?raw'`, as vitest reads a text.
 * 2. `__dirname` and `__filename` of CommonJS: those of the bundle.
 * 3. Native code: a module in its place says so if it is used. A package that can do without it catches that.
 */
export function teamImports(root: string): Plugin {
  return {
    name: 'team-imports',
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /\?raw$/ }, async ({ path, importer, kind, resolveDir }) => {
        const { path: found, errors } = await resolve(path.slice(0, -raw.length), { importer, kind, resolveDir });
        return errors.length > 0 ? { errors } : { path: pathFrom(root, found), namespace: textSpace };
      });
      onLoad({ filter: /.*/, namespace: textSpace }, async ({ path }) => ({
        contents: await readFile(resolvePath(root, path)),
        loader: 'text',
      }));
      onResolve({ filter: new RegExp(`^${pathsModule}$`) }, () => ({ path: pathsModule, namespace: standInSpace, sideEffects: false }));
      onResolve({ filter: nativeLoaders }, async ({ path, importer }) => ({
        path: `${native}${await packageOf(importer || path)}`,
        namespace: standInSpace,
      }));
      onLoad({ filter: /.*/, namespace: standInSpace }, ({ path }) => ({
        contents: path === pathsModule ? pathsCode : loaderCode(path.slice(native.length)),
        // Its imports are modules of Node.
        resolveDir: root,
      }));
      onLoad({ filter: /\.node$/ }, async ({ path }) => ({ contents: `throw ${errorOf(await packageOf(path))};` }));
    },
  };
}

/** The package whose native code an input stands for; undefined if it does not. */
export async function nativePackageOf(root: string, input: string): Promise<string | undefined> {
  const standIn = `${standInSpace}:${native}`;
  if (input.startsWith(standIn)) return input.slice(standIn.length);
  return input.endsWith('.node') ? packageOf(resolvePath(root, input)) : undefined;
}

/** As a clause that follows the file's name. */
export function withoutNative(name: string): string {
  return `imports ${name}, whose native code a deploy does not contain: it contains JavaScript, text and JSON. Use a package without native code`;
}

async function packageOf(file: string): Promise<string> {
  return isOfPackage(file) ? `the package ${await packageVersion(file)}` : 'a native module';
}

const pathsCode = `import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
export const __filename = /* @__PURE__ */ fileURLToPath(import.meta.url);
export const __dirname = /* @__PURE__ */ dirname(__filename);
`;

/** The module that finds native code: it throws when it is called, or when something of it is read. */
function loaderCode(name: string): string {
  return `const fail = () => { throw ${errorOf(name)}; };
module.exports = new Proxy(fail, { get: (_, key) => (typeof key === 'symbol' || key === '__esModule' ? undefined : fail()) });
`;
}

function errorOf(name: string): string {
  return `Object.assign(new Error(${JSON.stringify(withoutNative(name))}), { name: '${notBundled}' })`;
}
