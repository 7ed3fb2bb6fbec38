import type { Contender } from './contender.ts';
import { contenders } from './contenders.ts';
import { itemShape } from './item-shapes.ts';
import type { Lap } from './modelled/modelled-process.ts';

/**
 * Runs one contender in a separate process, so that memory and compiled code of other contenders do not affect its figures. It processes the tables in
 * the given order.
 *
 *     node bench/run-contender.ts <contender> <shape> <table>…
 */
const [name = '', shapeName = '', ...tables] = process.argv.slice(2);
const contender = contenders[name];
if (!contender) throw new TypeError(`There is no contender ${name}.`);
const shape = itemShape(shapeName);

async function measure(contend: Contender, tableName: string): Promise<Lap> {
  const startedAt = performance.now();
  const cpuAtStart = process.cpuUsage();
  const items = await contend({ name: tableName, keys: shape.keys, indexKeys: {}, indexes: [] }, shape);
  const { user, system } = process.cpuUsage(cpuAtStart);
  return { items, seconds: (performance.now() - startedAt) / 1000, cpuMicroseconds: (user + system) / items };
}

const laps = [];
for (const tableName of tables) laps.push(await measure(contender, tableName));
console.log(JSON.stringify({ laps, peakMiB: process.resourceUsage().maxRSS / 1024 }));
process.exit();
