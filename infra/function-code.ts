import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import { AssetCode, Code, type CodeConfig } from 'aws-cdk-lib/aws-lambda';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { packageRoot } from './package-root.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const builtFunctions = join(packageRoot, 'dist/functions');

/**
 * The code of one function: its bundle from the package, and the team's transformations if the function needs them.
 *
 * @param scope anything of the app that deploys it
 * @param name such as `start-run`
 * @param transformations folder that is deployed as `transformations` beside the code
 * @param built folder of the bundles
 */
export function functionCode(scope: Construct, name: string, transformations: string | undefined, built = builtFunctions): Code {
  const bundle = join(built, `${name}.mjs`);
  if (!existsSync(bundle))
    throw new Error(`The function ${name} is not built: there is no ${bundle}. In dynamodt's own repository run \`npm run build\` first.`);
  // Without a copy, as by `cdk deploy --no-staging`, CDK reads the folder after this process has ended.
  const outdir = scope.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) ? Stage.of(scope)?.outdir : undefined;
  const folder = outdir === undefined ? temporaryFolder() : mkdtempSync(join(outdir, `${name}-`));
  copyFileSync(bundle, join(folder, `${name}.mjs`));
  if (transformations) cpSync(transformations, join(folder, 'transformations'), { recursive: true });
  return outdir === undefined ? new CopiedCode(folder) : Code.fromAsset(folder);
}

/** Code in a folder that is removed once CDK has copied it into the cloud assembly. */
class CopiedCode extends AssetCode {
  override bind(scope: Construct): CodeConfig {
    const config = super.bind(scope);
    rmSync(this.path, { recursive: true });
    return config;
  }
}
