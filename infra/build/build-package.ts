import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { buildCommand } from './build-command.ts';
import { buildEntries } from './build-entries.ts';
import { buildTemplate } from './build-template.ts';
import { buildTypes } from './build-types.ts';
import { bundleFunctions } from './bundle-functions.ts';
import { checkPackage } from './check-package.ts';
import { noticeOf } from './notice.ts';

/** `npm run build`: builds the functions, the library, the command, the types, the writer of templates and the notice of bundled code into `dist/`, and checks that they are there. */
async function buildPackage(): Promise<void> {
  const dist = join(packageRoot, 'dist');
  await rm(dist, { recursive: true, force: true });
  const functions = bundleFunctions(join(dist, 'functions'));
  const template = functions.then(() => buildTemplate(dist));
  const [{ outputs }, { metafile }, local, command] = await Promise.all([
    functions,
    template,
    buildEntries(dist),
    buildCommand(dist),
    buildTypes(dist),
  ]);
  const contained = { ...outputs, ...metafile.outputs, ...local.outputs, ...command.outputs };
  await writeFile(join(dist, 'NOTICE.txt'), await noticeOf({ outputs: contained }, packageRoot));
  await checkPackage(packageRoot);
}

await buildPackage();
