import type { Clock } from '../core/clock.ts';
import type { JournalStore } from '../core/journal/journal-port.ts';
import type { Checkpoint } from '../core/ledger/checkpoint.ts';
import type { Control } from '../core/ledger/control.ts';
import { nothingGiven } from '../core/ledger/given.ts';
import type { LookupSource } from '../core/lookup/lookup-port.ts';
import type { TablePort } from '../core/segment/table-port.ts';
import { transformSegment } from '../core/segment/transform-segment.ts';
import type { Transform } from '../core/transformation/contract.ts';
import type { Lookups } from '../core/transformation/look.ts';
import type { TableShape } from '../core/values/table-shape.ts';
import { controlOf } from '../test/support/control-record.ts';
import { declaredOf, type ItemShape } from './item-shapes.ts';

/** A function that is not the shape's own, and what it looks things up in. */
export interface Code {
  transformUp?: Transform;
  declared?: Lookups;
  lookups?: LookupSource;
  preparation?: unknown;
  documentClient?: unknown;
  /** Changes are recorded there. */
  journal?: JournalStore;
}

/**
 * Runs the real worker over one segment that is the whole table. Its requests to the ledger are answered immediately, and its lease does
 * not end.
 *
 * @param maxWriteUnitsPerWorker Infinity for no limit; if left out, the limit of a worker in AWS
 * @returns the checkpoint after the run
 */
export async function runSegment(
  clock: Clock,
  shape: TableShape,
  itemShape: ItemShape,
  table: TablePort,
  maxWriteUnitsPerWorker?: number,
  code: Code = {},
): Promise<Checkpoint | undefined> {
  let saved: Checkpoint | undefined;
  const keep = async (checkpoint: Checkpoint): Promise<boolean> => {
    saved = checkpoint;
    return true;
  };
  await transformSegment(
    { run: 'bench', pass: 1, segment: 0 },
    {
      worker: 'w1',
      clock,
      readControl: async () => ({ ...controlOver(shape), ...(code.journal ? { journals: true } : {}) }),
      journal: code.journal,
      checkpoints: { read: async () => undefined, take: keep, save: keep, recordFailures: async () => {}, recordToChange: async () => {} },
      loadTransformation: async () => ({
        checksum,
        transformation: {
          file: undefined,
          sequence: 1,
          declared: declaredOf(itemShape),
          reads: undefined,
          versionAttribute: undefined,
          seed: undefined,
          transformUp: code.transformUp ?? itemShape.transformUp,
          ...(code.declared ? { lookups: code.declared } : {}),
          transformDown: undefined,
          prepare: undefined,
        },
      }),
      lookups: code.lookups,
      openTable: () => table,
      openSeeds: () => ({ position: async () => 0, insert: async () => ({ kind: 'done' }), inserted: async () => new Set() }),
      readPreparation: async () => undefined,
      openGiven: async () => nothingGiven,
      contextOf: () => ({
        table: shape.name,
        tableName: shape.name,
        sequence: 1,
        direction: 'up',
        dryRun: false,
        parameters: {},
        startedAt: 0,
        tableNameOf: (name: string) => name,
        preparation: code.preparation,
        documentClient: code.documentClient,
        log: () => {},
      }),
      deadline: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
      maxWriteUnitsPerWorker,
      log: () => {},
      measure: () => {},
    },
  );
  return saved;
}

const checksum = '1:bench';

/** The control of one worker without a budget, and with a lease that does not end. */
function controlOver(shape: TableShape): Control {
  return controlOf({
    run: 'bench',
    table: shape.name,
    shape,
    sequence: 1,
    checksum,
    totalSegments: 1,
    budget: { maxConcurrency: 1, workers: 1 },
    lease: { leaseMs: Number.MAX_SAFE_INTEGER, controlIntervalMs: Number.MAX_SAFE_INTEGER },
  });
}
