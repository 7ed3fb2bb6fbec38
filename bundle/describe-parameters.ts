import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CatalogFile, Manifest, PublishedParameters } from '../core/transformation/catalog.ts';
import { checkExports } from '../core/transformation/check-exports.ts';
import type { DeclaredParameters } from '../core/transformation/parameters/declared-parameters.ts';

/**
 * Adds to the manifest of a bundle what its files say of their parameters, so that the command knows which are secret. It loads the files
 * that may have any, so it runs in a process of its own. A file that is not valid is left as it is.
 *
 * @param folder of the bundle
 */
export async function describeParameters(folder: string): Promise<void> {
  const path = resolve(folder, 'manifest.json');
  const manifest: Manifest = JSON.parse(await readFile(path, 'utf8'));
  for (const files of Object.values(manifest.tables)) for (const file of files) await describe(file, folder);
  await writeFile(path, JSON.stringify(manifest, null, 2));
}

/** By their texts: no other files need a process that loads them. */
export async function mayHaveParameters({ tables }: Manifest, folder: string): Promise<boolean> {
  const texts = await Promise.all(
    Object.values(tables)
      .flat()
      .map(({ kept }) => (kept ? readFile(resolve(folder, kept), 'utf8') : '')),
  );
  return texts.some(mentionsParameters);
}

async function describe(file: CatalogFile, folder: string): Promise<void> {
  const { module, kept, format } = file;
  if (!module || !kept || !mentionsParameters(await readFile(resolve(folder, kept), 'utf8'))) return;
  try {
    const { parameters } = checkExports(await import(pathToFileURL(resolve(folder, module)).href), file.file, format);
    const published = parameters && publishedParameters(parameters);
    if (published) file.parameters = published;
  } catch {
    // It is refused by whoever checks the files.
  }
}

function mentionsParameters(text: string): boolean {
  return /\bparameters\b/.test(text);
}

function publishedParameters({ fields }: DeclaredParameters): PublishedParameters | undefined {
  return (
    fields &&
    Object.fromEntries(
      [...fields].map(([name, { type, isSecret }]) => [
        name,
        { ...(type ? { type } : {}), ...(isSecret ? { secret: true as const } : {}) },
      ]),
    )
  );
}
