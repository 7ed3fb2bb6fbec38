import * as z from 'zod';
import type { BudgetLimit } from '../../core/ledger/budget.ts';
import { changesInWords } from '../terminal/in-words.ts';
import type { DashboardSource } from './dashboard-source.ts';

const about = { service: z.string().min(1), table: z.string().min(1) };
const wholeNumber = z.coerce.number().int().positive();
const limit = z.union([z.literal('unlimited'), wholeNumber]);

/** What the page may ask for. A field of a form is text. */
export const AskedAction = z.discriminatedUnion('action', [
  z.strictObject({ ...about, action: z.literal('pause') }),
  z.strictObject({ ...about, action: z.literal('resume'), pauseAfter: wholeNumber.optional() }),
  z.strictObject({ ...about, action: z.literal('stop') }),
  z.strictObject({ ...about, action: z.literal('throttle'), writeUnits: limit.optional(), readUnits: limit.optional() }),
  z.strictObject({ ...about, action: z.literal('hold'), below: wholeNumber, why: z.string().trim().min(1).max(500) }),
  z.strictObject({ ...about, action: z.literal('release') }),
]);
export type AskedAction = z.infer<typeof AskedAction>;

/**
 * Does what was asked, as the verb of the same name does it.
 *
 * @param by who is recorded
 * @returns a sentence for the page
 * @throws RunError those of the verb
 */
export async function act(asked: AskedAction, source: Pick<DashboardSource, 'control' | 'hold'>, by: string, now: string): Promise<string> {
  const { service, table } = asked;
  switch (asked.action) {
    case 'hold':
      await source.hold(service, { table, below: asked.below, why: asked.why, by, now });
      return `Versions of ${table} from v${asked.below} on are held.`;
    case 'release':
      await source.hold(service, { table, by, now });
      return `No version of ${table} is held.`;
    case 'throttle': {
      const { writeUnits, readUnits } = asked;
      await source.control(service, { table, action: 'throttle', by, ...given({ writeUnits, readUnits }) });
      return `The run of ${table} uses the new budget within seconds.`;
    }
    case 'resume': {
      const { pauseAfter } = asked;
      const { wasPaused } = await source.control(service, {
        table,
        action: 'resume',
        by,
        ...(pauseAfter === undefined ? {} : { pauseAfter }),
      });
      if (wasPaused === false) return `The run of ${table} is not paused, and goes on.`;
      return pauseAfter === undefined
        ? `The run of ${table} continues.`
        : `The run of ${table} continues, and pauses itself after up to ${changesInWords(pauseAfter)} more.`;
    }
    default:
      await source.control(service, { table, action: asked.action, by });
      return asked.action === 'pause' ? `The run of ${table} pauses within seconds.` : `The run of ${table} ends within seconds.`;
  }
}

function given(limits: { writeUnits: BudgetLimit | undefined; readUnits: BudgetLimit | undefined }): {
  writeUnits?: BudgetLimit;
  readUnits?: BudgetLimit;
} {
  const { writeUnits, readUnits } = limits;
  return { ...(writeUnits === undefined ? {} : { writeUnits }), ...(readUnits === undefined ? {} : { readUnits }) };
}
