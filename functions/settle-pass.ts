import { z } from 'zod';
import { settleRun } from '../core/settle-run.ts';
import { deployedFiles } from './wiring/deployed-transformations.ts';
import { ledger } from './wiring/ledger.ts';
import { systemClock } from './wiring/system-clock.ts';

const Event = z.object({ table: z.string(), run: z.string(), attempt: z.number(), execution: z.string(), redriveCount: z.number() });

/** Decides, from the checkpoints of a Map that ended, what comes next. */
export const handler = async (event: unknown) =>
  settleRun(Event.parse(event), {
    clock: systemClock,
    ledger,
    deployedChecksum: async ({ table, sequence }) => (await deployedFiles(table)).find((file) => file.sequence === sequence)?.checksum,
  });
