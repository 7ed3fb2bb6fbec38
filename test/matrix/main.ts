import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../infra/package-root.ts';
import { runPulumi } from './pulumi.ts';
import { rows } from './rows.ts';
import { run } from './run.ts';
import { runRow } from './run-row.ts';

/**
 * `npm run test:matrix`: installs the packed package into projects of many kinds, and does in each what a team does first: init, fill in, tsc, test, synth. Needs the
 * registry of npm. Arguments are parts of names of rows.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const all = [
  ...rows.map((row) => ({ name: row.name, try: () => runRow(row, work) })),
  { name: 'the example for Pulumi', try: async () => runPulumi(await archive(), work) },
];
const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)));
const work = await mkdtemp(join(tmpdir(), 'dynamodt-matrix-'));
let failed = 0;
try {
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', work], { cwd: packageRoot });
  for (const row of chosen) {
    const started = performance.now();
    const problem = await row.try().catch((error) => (error instanceof Error ? error.message : String(error)));
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`${problem === undefined ? '✓' : '✗'} ${row.name} (${seconds} s)${problem === undefined ? '' : `\n${problem}`}`);
    if (problem !== undefined) failed++;
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
console.log(`${chosen.length - failed} of ${chosen.length} rows passed`);
process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0;

async function archive(): Promise<string> {
  const [name = ''] = (await readdir(work)).filter((file) => file.endsWith('.tgz'));
  return join(work, name);
}
