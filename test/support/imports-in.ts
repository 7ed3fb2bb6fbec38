import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { packageRoot } from '../../infra/package-root.ts';

export interface Import {
  /** Path of the importing file from the root of the package. */
  file: string;
  /** What stands between the quotes. */
  target: string;
  /** Path of the imported file from the root of the package; undefined if a package is imported. */
  imported: string | undefined;
}

/** All imports and re-exports of the TypeScript files in a top-level folder, imports of types too. */
export function importsIn(folder: string): Import[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap((entry) => importsOf(join(entry.parentPath, entry.name)));
}

function importsOf(path: string): Import[] {
  const imports = readFileSync(path, 'utf8').matchAll(/(?:^|\n)(?:import|export)\b[^'";]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'/g);
  return [...imports].map((match) => {
    const target = match[1] ?? match[2] ?? '';
    const imported = target.startsWith('.') ? relative(packageRoot, resolve(dirname(path), target)) : undefined;
    return { file: relative(packageRoot, path), target, imported };
  });
}
