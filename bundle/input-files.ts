import { readFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { type Loader, type Metafile, transform } from 'esbuild';

/** A file of a bundle, and what of it the bundle contains: its code, or its text or bytes as they are. */
export interface InputFile {
  path: string;
  as: 'code' | 'text' | 'bytes';
}

/** Name spaces of modules that stand in the place of others, and are no files. */
export const textSpace = 'dynamodt-text';
export const standInSpace = 'dynamodt-stand-in';

/** Kinds of files whose text an import gives, besides `.txt`. */
export const textExtensions = ['csv', 'tsv', 'sql', 'md', 'html', 'xml', 'yaml', 'yml', 'graphql', 'gql', 'jsonl', 'ndjson', 'partiql'];

/** A module that a package.json switches off for this platform: esbuild puts an empty one in its place. */
const disabled = '(disabled)';

/**
 * The file of an input of a bundle; undefined if it is none.
 *
 * @param root to which the inputs are relative
 */
export function inputFile(root: string, input: string, { with: attributes }: Metafile['inputs'][string]): InputFile | undefined {
  if ([standInSpace, disabled].some((space) => input.startsWith(`${space}:`))) return undefined;
  if (input.startsWith(`${textSpace}:`)) return { path: resolve(root, input.slice(textSpace.length + 1)), as: 'text' };
  const type = attributes?.['type'];
  // A file that is imported in several ways is listed once for each.
  const path = resolve(root, attributes === undefined ? input : input.replace(/ with \{[^}]*\}$/, ''));
  return { path, as: type === 'text' || type === 'bytes' ? type : path.endsWith('.node') ? 'bytes' : 'code' };
}

/** What two equal inputs have in common: code without types, comments and white space, and everything else as it is. */
export async function comparableText({ path, as }: InputFile): Promise<string> {
  if (as === 'bytes') return (await readFile(path)).toString('base64');
  const text = await readFile(path, 'utf8');
  const loader = loaderOf(path);
  return as === 'text' || loader === 'text' ? text : withoutComments(text, loader);
}

export async function withoutComments(text: string, loader: Loader): Promise<string> {
  const options = { loader, minifyWhitespace: true, legalComments: 'none' } as const;
  try {
    return (await transform(text, options)).code;
  } catch (error) {
    if (loader !== 'ts' && loader !== 'tsx') throw error;
    // Decorators of parameters are read only if a tsconfig asks for them.
    const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
    return (await transform(text, { ...options, tsconfigRaw })).code;
  }
}

/** A path as messages and stable names contain it: from the folder, with `/`. */
export function pathFrom(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

function loaderOf(path: string): Loader {
  const extension = /\.(?:[cm]?(ts|js)|(tsx|jsx|json))$/.exec(path);
  return (extension?.[1] ?? extension?.[2] ?? 'text') as Loader;
}
