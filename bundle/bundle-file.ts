import { readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import type { CatalogFile } from '../core/transformation/catalog.ts';
import { fileNamePattern } from '../core/transformation/check-exports.ts';
import { buildBundle } from './build-bundle.ts';
import { bundleNotes } from './bundle-notes.ts';
import { bundleProblem } from './bundle-problem.ts';
import { checksumAlgorithm, identifyCode } from './checksums.ts';
import { pathFrom } from './input-files.ts';
import { libraryEntry } from './library-entry.ts';

/**
 * Bundles one file into a module, beside which stands the text that a deploy keeps in the ledger.
 *
 * @param root of the transformations, without links
 * @param file `Users/v3_split_name.ts`
 * @param twin another file that is the same but for its ending
 * @returns with the problem if it does not compile
 */
export async function bundleFile(root: string, file: string, outDir: string, twin?: string): Promise<CatalogFile> {
  const sequence = Number(fileNamePattern.exec(file.slice(file.lastIndexOf('/') + 1))?.[1]);
  const failed = (problem: string): CatalogFile => ({ file, sequence, checksum: `${checksumAlgorithm}:none`, problem });
  if (twin !== undefined) return failed(`stands beside ${twin}, which has the same number: remove one of them`);
  const path = file.slice(0, -extname(file).length);
  const [module, kept] = [`${path}.mjs`, `${path}.kept.mjs`];
  try {
    const source = await realpath(join(root, file));
    const { metafile, warnings, unresolved } = await buildBundle(root, source, resolve(outDir, module));
    await freeFromMachine(root, outDir, module);
    const code = await readFile(resolve(outDir, module), 'utf8');
    const bundled = { root, entry: source, library: libraryEntry, inputs: metafile.inputs, code };
    const [entry] = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
    const format = entry === undefined ? undefined : metafile.inputs[entry]?.format;
    const unfilled = isUnfilled(code) ? { isUnfilled: true } : {};
    const { checksums, bareCode, ownFiles } = await identifyCode(bundled);
    await writeFile(resolve(outDir, kept), bareCode);
    const notes = await bundleNotes(bundled, warnings, unresolved);
    const imports = ownFiles.flatMap((own) => (own.path === source ? [] : [pathFrom(root, own.path)]));
    return {
      file,
      sequence,
      ...checksums,
      module,
      kept,
      ...(format ? { format } : {}),
      ...unfilled,
      ...(imports.length > 0 ? { imports } : {}),
      ...(notes.length > 0 ? { notes } : {}),
    };
  } catch (error) {
    return failed(bundleProblem(error, root, file));
  }
}

/** Makes the paths in the source map relative to the module, so that they are equal on every machine and an asset changes only with its code. */
async function freeFromMachine(root: string, outDir: string, module: string): Promise<void> {
  const path = resolve(outDir, `${module}.map`);
  const map = JSON.parse(await readFile(path, 'utf8')) as { sources: string[] };
  const beside = (file: string): string => relative(dirname(path), resolve(outDir, relative(root, resolve(dirname(path), file))));
  const sources = map.sources.map((file) => beside(file).split(sep).join('/'));
  await writeFile(path, JSON.stringify({ ...map, sources }));
}

/** As `dynamodt init` makes it: it adds nothing, and its function does nothing. Known by its text, as a file is not loaded for this. */
function isUnfilled(code: string): boolean {
  const exported = /^export \{([^}]*)\};?$/m.exec(code)?.[1]?.match(/\w+/g)?.sort().join();
  if (exported === 'adds,sequence,transformUp')
    return /^var adds = \[\];$/m.test(code) && /^var transformUp = \(\) => void 0;$/m.test(code);
  const bare = code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '').replace(/ \/\/.*$/gm, '');
  return /\bdefineTransformation\d*\(\)\(\{\s*sequence: \d+,\s*adds: \[\],\s*transformUp: \(\) => void 0\s*\}\)/.test(bare);
}
