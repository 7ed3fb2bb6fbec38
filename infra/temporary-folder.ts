import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let root: string | undefined;

/** A folder for the files of an asset. CDK copies it when the asset is bound; the folder is removed when this process ends, if not before. */
export function temporaryFolder(): string {
  root ??= rootFolder();
  return mkdtempSync(join(root, 'asset-'));
}

function rootFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodt-synth-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
