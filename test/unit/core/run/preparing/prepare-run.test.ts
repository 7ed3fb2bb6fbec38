import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../../core/errors.ts';
import type { Checkpoint } from '../../../../../core/ledger/checkpoint.ts';
import type { Preparation, PreparationRef } from '../../../../../core/ledger/preparation.ts';
import type { Run } from '../../../../../core/ledger/run.ts';
import type { Version } from '../../../../../core/ledger/versions/version.ts';
import { type PrepareRunPorts, prepareRun } from '../../../../../core/run/preparing/prepare-run.ts';
import { checkExports } from '../../../../../core/transformation/check-exports.ts';
import type { BoundContext, PrepareContext } from '../../../../../core/transformation/contract.ts';
import { secret } from '../../../../../core/transformation/parameters/secret.ts';
import { type ControlFields, controlOf, runOf, withFields } from '../../../../support/control-record.ts';
import { checkpoint, memoryLedger } from '../../../../support/memory-run-ledger.ts';
import { countersWith } from '../../../../support/run-records.ts';
import { openReadable } from '../../../../support/secrets.ts';

const owner = { table: 'Users', sequence: 3, checksum: 'c3' };

function ref(version: string): PreparationRef {
  return { ...owner, version };
}

function recorded(version: string): Preparation {
  return { ...ref(version), bytes: 2, at: 'then', by: 'arn:e0' };
}

const deciding = { table: 'Users', run: 'r1', decisionNumber: 1, execution: 'arn:e1', redriveCount: 0 };

interface Given {
  control?: ControlFields;
  run?: Partial<Run>;
  checkpoints?: Checkpoint[];
  versions?: Version[];
  /** Newest preparation that the ledger knows. */
  newest?: string;
  /** What its record says of itself instead. */
  named?: Partial<Preparation>;
  /** What the store cannot read. */
  unreadable?: string[];
  deployedChecksum?: string;
  /** What the file exports as `parameters`. */
  parameters?: object;
}

/** The state Prepare over a ledger, a store and a file in memory. */
function given({
  control,
  run,
  checkpoints = [],
  versions = [],
  newest,
  named,
  unreadable = [],
  deployedChecksum = 'c3',
  parameters,
}: Given) {
  const { ledger, kept } = memoryLedger(checkpoints, versions);
  kept.control = withFields(controlOf({ prepares: true, decision: { kind: 'prepare' } }), control ?? {});
  kept.run = runOf(run);
  const seen = { gathered: 0, read: [] as string[], seenByItems: [] as unknown[] };
  const transformation = checkExports(
    {
      sequence: 3,
      adds: ['n'],
      ...(parameters ? { parameters } : {}),
      prepare: () => ({ number: ++seen.gathered }),
      transformUp: (item: object, { preparation }: BoundContext) => {
        seen.seenByItems.push(preparation);
        return item;
      },
    },
    'Users/v3.ts',
  );
  const contents = new Map<string, string>();
  let record = newest === undefined ? undefined : { ...recorded(newest), ...named };
  const ports: PrepareRunPorts = {
    clock: { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: () => new Promise(() => {}) },
    ledger,
    stepsAhead: async () => [],
    deployedStep: async ({ sequence }) => ({ sequence, checksum: deployedChecksum, prepares: true }),
    store: {
      digest: (json) => `of ${json}`,
      write: async (_, json) => {
        const version = `made-${contents.size + 1}`;
        contents.set(version, json);
        return version;
      },
      read: async (of, version) => {
        expect(of).toEqual({ ...owner, checksum: deployedChecksum });
        seen.read.push(version);
        if (unreadable.includes(version)) throw new RunError('PreparationMissing', 'gone');
        return contents.has(version) ? JSON.parse(contents.get(version) ?? '') : version;
      },
    },
    records: {
      preparation: async ({ checksum }) => (record?.checksum === checksum ? record : undefined),
      recordPreparation: async (preparation) => {
        record = preparation;
      },
    },
    loadTransformation: async () => ({ file: 'Users/v3.ts', checksum: deployedChecksum, transformation }),
    readSample: async () => ({ images: [{ id: { S: 'u1' } }], isWholeTable: true }),
    openGiven: openReadable,
    prepareContextOf: (_, values, __, count) => {
      count(2.5);
      count(4);
      return {
        ...owner,
        tableName: 'Users',
        ...values,
        tableNameOf: (name: string) => name,
        documentClient: undefined,
        log: () => {},
      } as unknown as PrepareContext;
    },
    contextOf: (_, sequence, preparation) => ({
      ...{ table: 'Users', tableName: 'Users', sequence, direction: 'up', dryRun: false, parameters: {}, startedAt: 0 },
      ...{ preparation, tableNameOf: (name: string) => name, documentClient: undefined, log: () => {} },
    }),
    limitMs: 1000,
    maxBytes: 1000,
  };
  // Sleeping never ends in this clock, as nothing may depend on it but a prepare that is too slow and the quiet time, which is 0 here.
  ports.clock.sleep = (milliseconds) => (milliseconds === 0 ? Promise.resolve() : new Promise(() => {}));
  return {
    kept,
    seen,
    record: () => record,
    prepare: (fields: Partial<typeof deciding> = {}) => prepareRun({ ...deciding, ...fields }, ports),
  };
}

describe('the state Prepare', () => {
  it('gathers where nothing was gathered by this code, tries the sample with it, and freezes it', async () => {
    const { kept, seen, prepare } = given({});

    expect(await prepare()).toMatchObject({ decision: 'transform', decisionNumber: 2, segments: expect.arrayContaining([0, 1, 2, 3]) });

    expect(kept.control).toMatchObject({ preparation: ref('made-1'), decision: { kind: 'transform' }, pass: 1, fence: 1 });
    expect(seen).toEqual({ gathered: 1, read: ['made-1'], seenByItems: [{ number: 1 }] });
  });

  it('counts what `prepare` read for the run and its version, and nothing if it is not called', async () => {
    const { kept, prepare } = given({ control: { settled: { run: countersWith({ readUnits: 100 }) } } });
    await prepare();
    expect(kept.control.settled.run.readUnits).toBe(106.5);
    expect(kept.control.settled.sequence?.readUnits).toBe(6.5);

    const again = given({ newest: 'before' });
    await again.prepare();
    expect(again.kept.control.settled.run.readUnits).toBe(0);
    expect(again.kept.control.settled.sequence).toBeUndefined();

    const only = given({ run: { prepareOnly: true } });
    await only.prepare();
    expect(only.kept.run.counters.readUnits).toBe(6.5);
  });

  it('takes what the same code gathered before', async () => {
    const { kept, seen, prepare } = given({ newest: 'before' });
    await prepare();
    expect(kept.control.preparation).toEqual(ref('before'));
    expect(seen.gathered).toBe(0);
  });

  const sealed = Buffer.from(JSON.stringify({ owner: { table: 'Users', sequence: 3, parameter: 'token' }, text: '"new"' })).toString(
    'base64',
  );
  const withParameters = {
    parameters: { days: 14, kinds: { a: 1, b: 2 }, token: secret('t') },
    control: {
      given: {
        parameters: `{"days":30,"kinds":{"b":2,"a":1},"token":{"encrypted":"${sealed}"}}`,
        secrets: ['token'],
        startedAt: 5,
      },
    },
    newest: 'before',
  };

  it.each(['{"days":14,"kinds":{"a":1,"b":2}}', undefined])('gathers anew if what there is was gathered with %s', async (parameters) => {
    const { kept, seen, record, prepare } = given({ ...withParameters, named: { parameters } });
    await prepare();
    expect(kept.control.preparation).toEqual(ref('made-1'));
    expect(seen.gathered).toBe(1);
    expect(record()?.parameters).toBe('{"days":30,"kinds":{"a":1,"b":2}}');
    expect(record()).toMatchObject({ bytes: 12, entries: 1, digest: 'of {"number":1}' });
  });

  it('takes what the same code gathered before with the same parameters, whatever secret it was given', async () => {
    const { kept, seen, prepare } = given({ ...withParameters, named: { parameters: '{"days":30,"kinds":{"a":1,"b":2}}' } });
    await prepare();
    expect(kept.control.preparation).toEqual(ref('before'));
    expect(seen.gathered).toBe(0);
  });

  it.each([{ table: 'Salaries' }, { sequence: 2 }])('refuses to read what its record names for %o', async (named) => {
    const { kept, seen, prepare } = given({ newest: 'before', named });
    await expect(prepare()).rejects.toMatchObject({ name: 'PreparationInvalid' });
    expect(kept.failed).toEqual(['PreparationInvalid']);
    expect(kept.control.preparation).toBeUndefined();
    expect(seen).toEqual({ gathered: 0, read: [], seenByItems: [] });
  });

  it('goes on with the frozen one of an interrupted run, over what is unfinished, although there is a newer one', async () => {
    const { kept, prepare } = given({
      control: { preparation: ref('frozen') },
      newest: 'newer',
      checkpoints: [checkpoint(0), checkpoint(2)],
    });
    const next = await prepare();
    expect(next).toMatchObject({ decision: 'transform', pass: 1 });
    expect(next).toMatchObject({ segments: expect.not.arrayContaining([0, 2]) });
    expect(kept.control).toMatchObject({ preparation: ref('frozen'), budget: { workers: 2 } });
  });

  it('lets no more workers begin than the budget is worth', async () => {
    const { kept, prepare } = given({ control: { budget: { writeUnits: 10, maxConcurrency: 40, isConcurrencyAsked: true } } });
    await prepare();
    expect(kept.control.budget.workers).toBe(2);
  });

  it('replaces a frozen one that is gone by a newer one, with a fresh pass under a higher fence', async () => {
    const { kept, prepare } = given({
      control: { preparation: ref('frozen') },
      newest: 'newer',
      unreadable: ['frozen'],
      checkpoints: [checkpoint(0)],
    });
    expect(await prepare()).toMatchObject({ decision: 'transform', pass: 2 });
    expect(kept.control).toMatchObject({ preparation: ref('newer'), fence: 2, pass: 2 });
  });

  it('refuses a frozen one that is gone where there is no newer one, and records why the run failed', async () => {
    const { kept, seen, prepare } = given({ control: { preparation: ref('frozen') }, newest: 'frozen', unreadable: ['frozen'] });
    await expect(prepare()).rejects.toMatchObject({ name: 'PreparationMissing' });
    expect(kept.failed).toEqual(['PreparationMissing']);
    expect(seen.gathered).toBe(0);
  });

  it('undoes a version with the preparation by which it was applied', async () => {
    const version = {
      table: 'Users',
      sequence: 3,
      status: 'rollingBack',
      checksum: 'c3',
      run: 'r0',
      execution: 'arn:e0',
      at: 'then',
    } as const;
    const { kept, prepare } = given({
      run: { direction: 'down' },
      control: { direction: 'down' },
      versions: [{ ...version, preparation: ref('applied') }],
      newest: 'newer',
    });
    await prepare();
    expect(kept.control.preparation).toEqual(ref('applied'));
  });

  it('undoes a version with what the same code gathered since, if the preparation by which it was applied is lost, and says so', async () => {
    const version = { table: 'Users', sequence: 3, status: 'rollingBack', checksum: 'c3', run: 'r0', at: 'then' } as const;
    const { kept, prepare } = given({
      run: { direction: 'down' },
      control: { direction: 'down' },
      versions: [{ ...version, preparation: ref('applied') }],
      newest: 'newer',
      unreadable: ['applied'],
    });
    expect(await prepare()).toMatchObject({ decision: 'transform', pass: 1 });
    expect(kept.control).toMatchObject({ preparation: { ...ref('newer'), insteadOf: 'applied' }, fence: 1 });
  });

  it('waits without gathering anything while the run is paused', async () => {
    const { kept, seen, prepare } = given({ control: { marks: { paused: { by: 'user:ann', since: 'then' } } } });
    expect(await prepare()).toMatchObject({ decision: 'wait' });
    expect(kept.control.preparation).toBeUndefined();
    expect(seen.gathered).toBe(0);
  });

  it('fails where the run was stopped', async () => {
    const { seen, prepare } = given({ control: { marks: { stopped: { by: 'user:ann', since: 'then', redriveCount: 0 } } } });
    await expect(prepare()).rejects.toMatchObject({ name: 'Stopped' });
    expect(seen.gathered).toBe(0);
  });

  it('fails by CodeChanged after a deploy, and in a redrive begins again with the new code', async () => {
    const { kept, prepare } = given({ deployedChecksum: 'c4', control: { preparation: ref('old') } });
    await expect(prepare()).rejects.toMatchObject({ name: 'CodeChanged' });

    expect(await prepare({ redriveCount: 1 })).toMatchObject({ decision: 'prepare', pass: 2 });
    expect(kept.control).toMatchObject({ checksum: 'c4', preparation: undefined });
  });

  it('gathers anew for each sequence where only preparations are asked for, and tries nothing', async () => {
    const steps = [
      { sequence: 3, checksum: 'c3', prepares: true },
      { sequence: 4, checksum: 'c3', prepares: true },
    ];
    const { kept, seen, prepare } = given({ newest: 'before', run: { prepareOnly: true, steps } });

    expect(await prepare()).toMatchObject({ decision: 'prepare', decisionNumber: 2 });
    expect(kept.control).toMatchObject({ sequence: 4, preparation: undefined });
    expect(await prepare({ decisionNumber: 2 })).toMatchObject({ decision: 'succeed', sequences: [3, 4] });

    expect(kept.control.ended).toBe(true);
    expect(seen).toEqual({ gathered: 2, read: [], seenByItems: [] });
  });
});
