import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { everySetting } from '../template/every-setting.ts';
import { writeTemplate } from '../template/write-template.ts';

/** `trace-template <folder>`: writes templates that use every setting, and prints the files of packages that were loaded for it, as JSON. */
const [, , folder = ''] = process.argv;
for (const settings of everySetting(join(packageRoot, 'transformations'))) writeTemplate(folder, settings);
const loaded = Object.keys(createRequire(import.meta.url).cache);
process.stdout.write(JSON.stringify(loaded.filter((file) => file.includes('node_modules'))));
