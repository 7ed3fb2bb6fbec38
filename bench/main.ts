import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Section, sectionAsMarkdown, tableAsMarkdown } from './section.ts';

/** One line for each part. A part is loaded only if it is requested. */
const parts: Record<string, () => Promise<Section>> = {
  cpu: async () => (await import('./cpu/cpu.ts')).cpu(),
  worker: async () => (await import('./worker.ts')).worker(),
  latency: async () => (await import('./latency.ts')).latency(),
  lookups: async () => (await import('./lookups/lookups.ts')).lookups(),
  follow: async () => (await import('./follow/follow.ts')).follow(),
  journal: async () => (await import('./journal/journal.ts')).journal(),
  together: async () => (await import('./together.ts')).together(),
  memory: async () => (await import('./memory.ts')).memory(),
  lambda: async () => (await import('./lambda.ts')).lambda(),
  engine: async () => (await import('./engine.ts')).engine(),
  politeness: async () => asSection('Politeness', await (await import('./politeness/politeness.ts')).politeness()),
  limits: async () => (await import('./limits.ts')).limits(),
  hot: async () => (await import('./hot-partition.ts')).hotPartition(),
  scale: async () => asSection('Scale', await (await import('./scale.ts')).scale()),
};

/** A part that writes its Markdown itself. */
function asSection(title: string, { markdown, json }: { markdown: string; json: object }): Section {
  return {
    title,
    text: [markdown],
    tables: [],
    targets: [],
    figures: json,
  };
}

const usage = `npm run bench -- [part…] [--json] [--out DIR] [--compare REF [--rounds N]]

Runs the given parts, or all: ${Object.keys(parts).join(', ')}. Prints the report as Markdown, or with --json as data, and writes both as
bench.md and bench.json into DIR (bench/report). Figures are those of this machine and this run: compare only within one report.
Exits with 1 where a target is missed.

--compare runs the given parts in another revision (a commit, branch or tag) and in the working tree, in turn, N times each (3), and prints
the ratios of their medians.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: join(import.meta.dirname, 'report') },
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    compare: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
const unknown = positionals.filter((name) => !Object.hasOwn(parts, name));
if (values.help || unknown.length > 0) {
  console.error(unknown.length > 0 ? `There is no part ${unknown.join(', ')}.\n\n${usage}` : usage);
  process.exit(unknown.length > 0 ? 1 : 0);
}

const rounds = Number(values.rounds);
if (values.compare !== undefined) {
  if (positionals.length === 0 || !Number.isInteger(rounds) || rounds < 1) {
    console.error(`--compare needs one part or more, and --rounds a whole number above 0.\n\n${usage}`);
    process.exit(1);
  }
  const { compareRevisions } = await import('./compare/compare.ts');
  const tables = await compareRevisions(positionals, values.compare, rounds);
  console.log(tables.map(tableAsMarkdown).join('\n\n'));
  process.exit(0);
}

function commit(): string | undefined {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

const [processor] = cpus();
const machine = {
  date: new Date().toISOString(),
  commit: commit(),
  node: process.version,
  system: `${process.platform} ${process.arch}`,
  processors: `${cpus().length} × ${processor?.model.trim()}`,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  loadAtStart: loadavg()[0],
};

const sections: Record<string, Section> = {};
for (const [name, part] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.error(`bench: ${name} …`);
  sections[name] = await part();
}

const described = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
const markdown = [`# Bench`, described.join(', '), ...Object.values(sections).map(sectionAsMarkdown)].join('\n\n');
const json = JSON.stringify({ machine, sections }, null, 2);
await mkdir(values.out, { recursive: true });
await writeFile(join(values.out, 'bench.md'), `${markdown}\n`);
await writeFile(join(values.out, 'bench.json'), `${json}\n`);
console.log(values.json ? json : markdown);
process.exitCode = Object.values(sections).every(({ targets }) => targets.every(({ met }) => met)) ? 0 : 1;
