import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Checkpoint } from '../../../core/ledger/checkpoint.ts';
import { type Counters, outcomes, sumCounters } from '../../../core/ledger/counters.ts';
import type { Failure } from '../../../core/segment/segment-progress.ts';
import type { PageRequest } from '../../../core/segment/table-port.ts';
import { transformSegment } from '../../../core/segment/transform-segment.ts';
import { footprintOf, namesOf } from '../../../core/transformation/footprint.ts';
import { systemClock } from '../../../functions/wiring/system-clock.ts';
import { type ControlFields, controlOf, withFields } from '../../support/control-record.ts';
import { openReadable } from '../../support/secrets.ts';
import { contextFor, type File, load } from '../../support/transformations.ts';
import type { ScratchTable } from './scratch-table.ts';

/** The worker of a pass with one segment looks twice at a small table. These passes are about one look, so the control names one segment more. */
const minSegments = 2;

export interface Pass {
  counters: Counters;
  failures: Failure[];
  checkpoints: Checkpoint[];
}

/**
 * Sweeps a table once, segment by segment, as the workers of a run do: with the real table, and ledger and control in memory.
 * Fails where its counters do not add up, or where a segment is not done.
 */
export async function runPass(
  scratch: ScratchTable,
  client: DynamoDBClient,
  file: File,
  { segments = 1, ...fields }: ControlFields & { segments?: number } = {},
): Promise<Pass> {
  const control = withFields(
    controlOf({
      shape: scratch.shape,
      totalSegments: Math.max(minSegments, segments),
      budget: { workers: segments },
      marks: { maxFailures: 10_000 },
    }),
    fields,
  );
  const transformation = load(file);
  const { declared, reads, versionAttribute } = transformation;
  const attributes = reads && [
    ...reads,
    ...namesOf(footprintOf(declared, control.direction)),
    ...(versionAttribute ? [versionAttribute] : []),
  ];
  const checkpoints = new Map<number, Checkpoint>();
  const failures: Failure[] = [];
  const save = async (checkpoint: Checkpoint): Promise<boolean> => {
    checkpoints.set(checkpoint.segment, checkpoint);
    return true;
  };
  for (let segment = 0; segment < segments; segment++) {
    const { more } = await transformSegment(
      { run: control.run, pass: control.pass, segment },
      {
        worker: 'w1',
        clock: systemClock,
        readControl: async () => control,
        checkpoints: {
          read: async () => checkpoints.get(segment),
          take: save,
          save,
          recordToChange: async () => {},
          recordFailures: async (_, failed) => void failures.push(...failed),
        },
        loadTransformation: async () => ({ transformation, checksum: control.checksum }),
        readPreparation: async () => undefined,
        openGiven: openReadable,
        openTable: () => {
          const table = scratch.open(client, attributes);
          const readPage = table.readPage.bind(table);
          return Object.assign(table, { readPage: (request: PageRequest) => readPage({ ...request, totalSegments: segments }) });
        },
        openSeeds: () => {
          throw new Error('not expected');
        },
        contextOf: () => contextFor(control.direction),
        deadline: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
        log: () => {},
        measure: () => {},
      },
    );
    if (more || !checkpoints.get(segment)?.done) throw new Error(`Segment ${segment} is not done.`);
  }
  const counters = sumCounters([...checkpoints.values()].map((checkpoint) => checkpoint.counters));
  const settled = outcomes.reduce((sum, outcome) => sum + counters[outcome], 0);
  if (settled !== counters.scanned) throw new Error(`The counters do not add up: ${JSON.stringify(counters)}`);
  return { counters, failures, checkpoints: [...checkpoints.values()] };
}
