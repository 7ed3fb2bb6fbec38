import { copyFileSync, cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { packageRoot } from './package-root.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const builtFunctions = join(packageRoot, 'dist/functions');

/**
 * The code of one function: its bundle from the package, and the team's transformations if the function needs them.
 *
 * @param name such as `start-run`
 * @param transformations folder that is deployed as `transformations` beside the code
 * @param built folder of the bundles
 */
export function functionCode(name: string, transformations: string | undefined, built = builtFunctions): Code {
  const bundle = join(built, `${name}.mjs`);
  if (!existsSync(bundle))
    throw new Error(`The function ${name} is not built: there is no ${bundle}. In dynamodt's own repository run \`npm run build\` first.`);
  const folder = temporaryFolder();
  copyFileSync(bundle, join(folder, `${name}.mjs`));
  if (transformations) cpSync(transformations, join(folder, 'transformations'), { recursive: true });
  return Code.fromAsset(folder);
}
