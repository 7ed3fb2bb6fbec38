import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTransformations } from '../../bundle/bundle-transformations.ts';
import type { CatalogFile } from '../../core/transformation/catalog.ts';
import { checkExports, sameSequence } from '../../core/transformation/check-exports.ts';

/**
 * `check-bundle <sourceDir> <outDir> <problemsFile>`: bundles the team's files, loads each as a function would, and writes the problems
 * as a JSON array of sentences. It runs in a separate process, since constructs are synchronous, and to keep the team's code out of the CDK process.
 */
const [, , sourceDir = '', outDir = '', problemsFile = ''] = process.argv;

async function problemOf({ file, module, format, problem }: CatalogFile): Promise<string | undefined> {
  if (problem || !module) return `${file} ${problem ?? 'could not be bundled'}.`;
  try {
    checkExports(await import(pathToFileURL(resolve(outDir, module)).href), file, format);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) return `${file} throws when it is loaded.`;
    return error.name === 'InvalidTransformation' ? error.message : `${file} throws when it is loaded: ${error.name}: ${error.message}`;
  }
}

const { tables } = await bundleTransformations(sourceDir, outDir);
const problems: (string | undefined)[] = [];
for (const files of Object.values(tables)) {
  for (const [index, entry] of files.entries()) {
    const twin = files.slice(0, index).find(({ sequence }) => sequence === entry.sequence);
    problems.push(twin ? `${entry.file} ${sameSequence(twin.file)}.` : await problemOf(entry));
  }
}
await writeFile(problemsFile, JSON.stringify(problems.filter((problem) => problem !== undefined)));
// Ends the process although a file may have left handles open.
process.exit();
