import { RunError } from '../../errors.ts';
import { type Hold, type HoldInForce, inForce } from '../../ledger/hold.ts';
import { takesTable } from '../../ledger/run.ts';
import type { LedgerReads } from '../records/ledger-port.ts';

/** What an operator asks: to hold versions, or without `below` to release them. */
export interface HoldRequest {
  table: string;
  below?: number | undefined;
  why?: string | undefined;
  by: string;
  /** ISO 8601 */
  now: string;
}

export interface HoldVersionsPorts {
  ledger: Pick<LedgerReads, 'hold' | 'lock' | 'run' | 'control'>;
  /** By DescribeExecution. */
  isAlive(execution: string): Promise<boolean>;
  /** False if another hold or release was recorded since `read`. */
  write(hold: Hold, read: Hold | undefined): Promise<boolean>;
}

export interface HeldVersions {
  before: HoldInForce | undefined;
  hold: HoldInForce | undefined;
  /** A run that began before the hold, and the held versions that it applies nevertheless. */
  underWay?: { run: string; execution: string; sequences: number[] };
}

const maxTries = 5;

/**
 * Holds versions of a table, or releases them. To release what is not held changes nothing.
 *
 * The transaction by which a start takes the table is written on condition that the hold is as the start read it, and the lock is read
 * here after the hold was written. So a start either respects the hold, or is found here:
 *
 * ```text
 * start: reads no hold                               takes the table: the condition fails, and it reads the hold
 * hold:                 writes the hold, reads the lock
 *
 * start: reads no hold, takes the table
 * hold:                                writes the hold, reads the lock: the run is under way
 * ```
 *
 * @throws RunError TableBusy: when others change the hold all the time
 */
export async function holdVersions({ table, below, why, by, now }: HoldRequest, ports: HoldVersionsPorts): Promise<HeldVersions> {
  for (let tries = 0; tries < maxTries; tries++) {
    const read = await ports.ledger.hold(table);
    const before = inForce(read);
    if (below === undefined && !before) return { before, hold: undefined };
    const hold: Hold = { table, number: (read?.number ?? 0) + 1, below, by, at: now, why };
    if (!(await ports.write(hold, read))) continue;
    const held = inForce(hold);
    const underWay = held && (await runOverHold(held, ports));
    return { before, hold: held, ...(underWay ? { underWay } : {}) };
  }
  throw new RunError('TableBusy', `The hold of ${table} was changed by others ${maxTries} times in a row. Try again.`, {
    fields: { table },
  });
}

async function runOverHold({ table, below }: HoldInForce, { ledger, isAlive }: HoldVersionsPorts): Promise<HeldVersions['underWay']> {
  const lock = await ledger.lock(table);
  if (!lock || lock.endedAt !== undefined) return undefined;
  const [run, control] = await Promise.all([ledger.run(table, lock.run), ledger.control(lock.run)]);
  if (!run || run.direction === 'down' || !takesTable(run)) return undefined;
  const sequences = run.steps.slice(control?.step ?? 0).flatMap(({ sequence }) => (sequence >= below ? [sequence] : []));
  if (sequences.length === 0 || !(await isAlive(lock.execution))) return undefined;
  return { run: run.id, execution: lock.execution, sequences };
}
