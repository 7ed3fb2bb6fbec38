import { resolve } from 'node:path';
import type { BuildFailure } from 'esbuild';
import { placeOf } from './bundle-notes.ts';

/** Why a file could not be bundled, as a clause that follows the file's name. */
export function bundleProblem(error: unknown, root: string, file: string): string {
  const [first] = (error as Partial<BuildFailure>).errors ?? [];
  if (!first) return `does not compile: ${error instanceof Error ? error.message : String(error)}`;
  if (/^Could not resolve "dynamo-data-transform"/.test(first.text))
    return 'is written for dynamo-data-transform. Replace its function over the whole table by `export const transformUp = (item) => …`, called once for each item, and `transformationNumber` by `export const sequence = …`: see node_modules/dynamodt/docs/coming-from-dynamo-data-transform.md';
  const { location } = first;
  const there = location ? placeOf(root, resolve(root, location.file), location.line) : undefined;
  const place = there === undefined ? '' : ` (${there.startsWith(`${file} `) ? there.slice(file.length + 1) : there})`;
  const [, extension, data = ''] = /^No loader is configured for "([^"]*)" files: (.*)$/.exec(first.text) ?? [];
  if (extension !== undefined) {
    const name = placeOf(root, resolve(root, data));
    const [relativeName = data] = /(?<=['"`])\.{0,2}[^'"`]*(?=['"`])/.exec(location?.lineText ?? '') ?? [];
    return `imports ${name}${place}, and what an import of a "${extension}" file gives is not known. Import its text as \`import text from '${relativeName}' with { type: 'text' }\`, or its bytes with { type: 'bytes' }`;
  }
  return `does not compile: ${first.text}${place}${adviceFor(first.text)}`;
}

function adviceFor(text: string): string {
  const [, name = ''] = /^Could not resolve "([^"]*)"/.exec(text) ?? [];
  if (name === '' || /^[./]/.test(name)) return '';
  return `. If it is a package, install it in this project; if it is one of \`paths\`, they are read from the nearest tsconfig.json above the file that imports it, and from what that extends`;
}
