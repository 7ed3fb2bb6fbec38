import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readKeptCode } from '../../aws/ledger/reading/read-kept-code.ts';
import type { VersionCode } from '../../core/ledger/versions/version.ts';
import type { Deployed } from '../../core/run/plan-run.ts';
import { fileNamePattern } from '../../core/transformation/check-exports.ts';
import { loadTransformation } from '../../core/transformation/load-transformation.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';
import { muteConsole } from './muted-console.ts';
import { resolveSecrets } from './secret-variables.ts';

const loaded = new Map<string, Promise<Deployed>>();

/**
 * Code that a deploy kept: verified, then loaded, once in the lifetime of the container.
 *
 * @throws RunError KeptCodeMissing, KeptCodeInvalid: before any of it runs
 * @throws RunError InvalidTransformation: when it cannot be loaded any more
 */
export function loadKept(table: string, sequence: number, code: VersionCode): Promise<Deployed> {
  const key = JSON.stringify([table, sequence, code.checksum, code.bundleChecksum]);
  const known = loaded.get(key) ?? load(table, sequence, code);
  loaded.set(key, known);
  known.catch(() => loaded.delete(key));
  return known;
}

async function load(table: string, sequence: number, code: VersionCode): Promise<Deployed> {
  const { text, ...kept } = await readKeptCode({ client: retryingClient, ledger: environment.ledger }, table, sequence, code);
  // The name is only for the places of errors.
  const name = fileNamePattern.test(basename(kept.file)) ? basename(kept.file) : `v${sequence}.ts`;
  const file = `${table}/${name}`;
  const folder = await mkdtemp(join(tmpdir(), 'kept-'));
  await mkdir(join(folder, table));
  const module = join(folder, table, name.replace(/\.\w+$/, '.mjs'));
  await writeFile(module, text);
  await resolveSecrets();
  muteConsole();
  const entry = { ...kept, file, sequence, module };
  const transformation = await loadTransformation(entry, (path) => import(pathToFileURL(path).href));
  return { ...kept, file, kept: true, transformation };
}
