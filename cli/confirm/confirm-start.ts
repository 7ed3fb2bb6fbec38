import { inForce } from '../../core/ledger/hold.ts';
import { ownValue } from '../../core/own-value.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { chosenDown } from '../../core/run/plan-run.ts';
import { parseRunInput, type RunInput } from '../../core/run/run-input.ts';
import type { BundledTable } from '../files/local-tables.ts';
import { folderOf } from '../files/transformations-folder.ts';
import { readPlanOptions } from '../plan/plan-options.ts';
import { pricesAsked } from '../prices-option.ts';
import { tablesAsked } from '../tables-asked.ts';
import type { Invocation } from '../verb.ts';
import { type Outlook, outlookLines } from './outlook.ts';
import { outlookDown } from './outlook-down.ts';
import { defaultAskAbove, outlookUp } from './outlook-up.ts';

/** Fewer items than `plan` tries: a person waits for the question. */
const sampledItems = 200;

/**
 * Asks a person at a terminal before a run is started that takes something away, cannot be taken back exactly, or costs much. Everywhere
 * else, and with `--yes`, it asks nothing.
 *
 * @returns false if the answer was no
 */
export async function isConfirmed(input: object, invocation: Invocation): Promise<boolean> {
  const asked = parseRunInput(input);
  if (!mayAsk(invocation) || asked.dryRun || asked.prepareOnly) return true;
  return isAnsweredYes([await withNotice(invocation, () => outlookOf(asked, invocation))], invocation);
}

/** The same for a start of all tables with pending versions. It always asks, whatever the versions do. */
export async function areAllConfirmed(invocation: Invocation): Promise<boolean> {
  if (!mayAsk(invocation)) return true;
  const outlooks = await withNotice(invocation, async () => {
    const all: Outlook[] = [];
    for (const { table } of await tablesAsked({ table: undefined, service: invocation.service })) {
      const outlook = await outlookOf(parseRunInput({ table }), { ...invocation, table });
      if (outlook) all.push({ ...outlook, reasons: ['no table was named'].concat(outlook.reasons) });
    }
    return all;
  });
  return isAnsweredYes(outlooks, invocation);
}

function mayAsk({ ask, options }: Invocation): boolean {
  return ask !== undefined && options['yes'] !== true;
}

async function withNotice<T>({ output }: Invocation, look: () => Promise<T>): Promise<T> {
  output.progress(() => ['looking at what this would do']);
  try {
    return await look();
  } finally {
    output.endProgress();
  }
}

async function isAnsweredYes(outlooks: readonly (Outlook | undefined)[], { ask, output }: Invocation): Promise<boolean> {
  const shown = outlooks.filter((outlook) => outlook !== undefined);
  if (!ask || shown.every(({ reasons }) => reasons.length === 0)) return true;
  output.text(shown.flatMap((outlook) => outlookLines(outlook, output)));
  if (await ask('Start it?')) return true;
  output.text('Nothing was started.');
  return false;
}

/** Undefined if there is nothing to do, or the start will be refused. */
async function outlookOf(asked: RunInput, invocation: Invocation): Promise<Outlook | undefined> {
  const { table, direction, to, again, keptCode } = asked;
  const { service, options } = invocation;
  // What is wrong with the service or the table, the start says.
  const known = await Promise.all([service.catalog(), service.ledger.versions(table), service.ledger.hold(table)]).catch(() => undefined);
  if (!known) return undefined;
  const [catalog, versions, hold] = known;
  if (direction === 'down') {
    const plan = await planHere(asked, invocation, { down: true, exact: asked.exact }, () => true);
    return plan?.down ? outlookDown(table, chosenDown(asked, versions), plan.down, await pricesAsked(options)) : unknown(`${table} down`);
  }
  if (again !== undefined || keptCode)
    return unknown(again === undefined ? `${table} up with kept code` : `${table} up v${again} once more`);
  const applied = new Set(versions.filter(({ status }) => status === 'applied').map(({ sequence }) => sequence));
  const highest = to ?? (inForce(hold)?.below ?? Number.POSITIVE_INFINITY) - 1;
  const pending = (ownValue(catalog?.tables ?? {}, table)?.files ?? []).filter(
    ({ sequence }) => sequence <= highest && !applied.has(sequence),
  );
  if (pending.length === 0) return undefined;
  const sequences = pending.map(({ sequence }) => sequence);
  const plan = await planHere(asked, invocation, {}, (sequence) => applied.has(sequence) || sequences.includes(sequence));
  if (!plan || plan.versions.length < sequences.length) return unknown(`${table} up v${sequences.join(', v')}`);
  const askAbove = typeof options['askAbove'] === 'number' ? { amount: options['askAbove'], isAsked: true } : defaultAskAbove;
  return outlookUp(plan, askAbove, asked.maxCost);
}

function unknown(title: string): Outlook {
  const notHere = 'not known: the files of the deployed code are not here';
  return {
    title,
    what: notHere,
    howMany: 'not known',
    takes: 'not known',
    wayBack: '`dynamodt plan --down` says it of versions that are applied',
    reasons: ['what it does is not known here'],
  };
}

/** The plan by the files here; undefined if there are none, or they cannot be planned: a person may start what cannot be looked at. */
async function planHere(
  { table, writeUnits, readUnits, oneByOne, acceptLastWriterWins }: RunInput,
  invocation: Invocation,
  more: Record<string, unknown>,
  isMeant: (sequence: number) => boolean,
): Promise<TablePlan | undefined> {
  const transformations = folderOf(invocation.config);
  try {
    const asked = await readPlanOptions({
      table,
      config: invocation.config,
      options: {
        transformations,
        sample: sampledItems,
        examples: 1,
        set: invocation.options['set'],
        prices: invocation.options['prices'],
        oneByOne,
        writeUnits,
        readUnits,
        acceptLastWriterWins,
        ...more,
      },
    });
    // Loaded only here, since loading the bundler takes time.
    const [{ withBundledTables }, { PlanThreads }] = await Promise.all([
      import('../files/local-tables.ts'),
      import('../plan/plan-thread.ts'),
    ]);
    return await withBundledTables(transformations, async (tables) => {
      const local = tables.find((one) => one.table === table);
      if (!local) return undefined;
      const threads = new PlanThreads(invocation.service.name);
      try {
        return (await threads.plan({ table: meant(local, isMeant), isAll: false, asked })).plan;
      } finally {
        await threads.close();
      }
    });
  } catch {
    return undefined;
  }
}

function meant(local: BundledTable, isMeant: (sequence: number) => boolean): BundledTable {
  return { ...local, entries: local.entries.filter(({ sequence }) => isMeant(sequence)) };
}
