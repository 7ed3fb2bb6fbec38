import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Resolved by the package's own name, so that it is found from the sources and from the build. */
const packageRoot = dirname(createRequire(import.meta.url).resolve('dynamodt/package.json'));

/** The package's own entry: the source in this repository, the build in an installed package. */
export const libraryEntry = [join(packageRoot, 'index.ts'), join(packageRoot, 'dist/index.js')].find(existsSync) ?? 'dynamodt';
