import { parseArgs } from 'node:util';
import { politeness } from './politeness.ts';
import { scale } from './scale.ts';

/** `npm run bench -- <part>`: prints a section of Markdown, or with `--json` the same as JSON. `memory` prints only Markdown. */
const parts: Record<string, () => Promise<{ markdown: string; json: object }>> = { politeness, scale };

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
const [name = ''] = positionals;
const part = parts[name];
if (part) {
  const { markdown, json } = await part();
  console.log(values.json ? JSON.stringify(json, null, 2) : markdown);
} else if (name === 'memory') await import('./memory.ts');
else {
  console.error(`Say which part: ${[...Object.keys(parts), 'memory'].join(', ')}. Example: npm run bench -- politeness`);
  process.exitCode = 2;
}
