import type { MaybePromise } from '../../change/maybe-promise.ts';
import { type ReadSample, refuseBrokenFiles, sampleFor } from '../../change/trial/try-sample.ts';
import { RunError } from '../../errors.ts';
import { isFinished } from '../../ledger/checkpoint.ts';
import { type Control, withDecision } from '../../ledger/control.ts';
import { type Given, type GivenValues, recordedValues } from '../../ledger/given.ts';
import {
  comparedParameters,
  newestPreparation,
  ownerOf,
  type Preparation,
  type PreparationRecords,
  type PreparationRef,
  type PreparationStore,
  versionFor,
} from '../../ledger/preparation.ts';
import type { Run, RunStep } from '../../ledger/run.ts';
import { byOtherCodes, withSettledPass } from '../../ledger/sweep.ts';
import { withReads } from '../../ledger/versions/version-counters.ts';
import { mapWork, shareAmong } from '../../ledger/workers.ts';
import type { LookupSource } from '../../lookup/lookup-port.ts';
import { isSameSource } from '../../transformation/catalog.ts';
import type { BoundContext, PrepareContext } from '../../transformation/contract.ts';
import type { Lookups } from '../../transformation/look.ts';
import { recordedScope, refuseOtherScope, scopeOf } from '../../transformation/scope.ts';
import { segmentsWithin } from '../../transformation/scope-ref.ts';
import { beforeOthersWrite, currentControl, renewedMembers } from '../current-control.ts';
import { noLongerDeployed } from '../file-warnings.ts';
import { freshPass, segmentsOf } from '../fresh-pass.ts';
import type { NextStep } from '../next-step.ts';
import type { Deployed } from '../plan-run.ts';
import { type DecisionPorts, type DecisionRequest, recordDecision } from '../record-decision.ts';
import { codeOfStep } from '../settled-sequence.ts';
import { isUsable } from '../steps/step-scopes.ts';
import type { PassState, Verdict } from '../verdict.ts';
import { makePreparation } from './make-preparation.ts';

export interface PrepareRunPorts extends DecisionPorts {
  store: PreparationStore;
  records: PreparationRecords;
  /**
   * The file of a step as it is deployed now, or its kept code; undefined if it is not deployed.
   *
   * @throws RunError InvalidTransformation, KeptCodeMissing, KeptCodeInvalid
   */
  loadTransformation(table: string, step: RunStep): Promise<Deployed | undefined>;
  readSample: ReadSample;
  /** @throws RunError InvalidParameters: when a secret cannot be decrypted */
  openGiven(version: Pick<Control, 'table' | 'sequence'>, given: Given | undefined): Promise<GivenValues>;
  /**
   * @param declared what the file exports as `lookups`
   * @param count called with the read units that `prepare` consumes
   */
  prepareContextOf(
    control: Control,
    given: GivenValues,
    declared: Lookups | undefined,
    count: (readUnits: number) => void,
  ): MaybePromise<PrepareContext>;
  contextOf(control: Control, sequence: number, preparation: unknown, given: GivenValues): MaybePromise<BoundContext>;
  /** What functions look things up in. */
  lookups?: LookupSource | undefined;
  /** Milliseconds that the team's function may take. */
  limitMs: number;
  maxBytes: number;
}

/**
 * The state Prepare: sees to it that the present sequence has its preparation, before the Map begins.
 *
 * 1. Stopped or other code: as in settlePass. Paused: wait, before anything is gathered.
 * 2. Take the frozen preparation of a run that goes on; else the newest, if the same code made it with the same parameters; else call
 *    `prepare`. If only preparations were asked for, always call it.
 * 3. Read it as the workers will, and try the sequence on a sample with it.
 * 4. Freeze it: the whole sequence is made with this one.
 *
 * @throws RunError Stopped, CodeChanged, MissingTransformation, Superseded, ItemsFailed
 * @throws RunError PreparationMissing, PreparationInvalid: when the preparation that the ledger names cannot be read
 * @throws RunError those of makePreparation
 */
export function prepareRun(deciding: DecisionRequest, ports: PrepareRunPorts): Promise<NextStep> {
  return recordDecision(deciding, ports, (state) => freezePreparation(state, ports));
}

async function freezePreparation(state: PassState, ports: PrepareRunPorts): Promise<Verdict> {
  const { run, checkpoints } = state;
  const { control, hasNewCode } = currentControl(state);
  const withPass = withSettledPass(state.control, [...checkpoints.values()]);
  if (hasNewCode) {
    const done = byOtherCodes(currentControl({ ...state, control: withPass }).control);
    const renewed = state.regrouped && { renewed: renewedMembers(byOtherCodes(withPass), state.regrouped) };
    return { ...freshPass(run, beforeOthersWrite(done), state.now), ...renewed };
  }
  if (control.marks.paused) return { kind: 'wait', control: withDecision(control, 'wait') };

  if (run.prepareOnly) {
    const { made, readUnits } = await make(run, control, ports);
    const { run: ofRun } = withReads(control.settled, readUnits);
    return nextPreparation(run, { ...control, preparation: refTo(made), settled: { ...control.settled, run: ofRun } });
  }
  const { preparation, value, replacesFrozen, readUnits } = await obtain(run, control, ports);
  const obtained = { ...control, preparation, settled: withReads(control.settled, readUnits) };
  const frozen = await withPreparedScope(obtained, { state, value, replacesFrozen }, ports);
  await tryFiles(run, frozen, value, ports);
  if (replacesFrozen) {
    const convergence = { ...control.convergence, changedBefore: undefined, begunAt: undefined };
    return freshPass(
      run,
      beforeOthersWrite({ ...frozen, fence: control.fence + 1, convergence, settled: withPass.settled, together: withPass.together }),
      state.now,
    );
  }
  const segments = segmentsOf(frozen).filter((segment) => !isFinished(checkpoints.get(segment)));
  const budget = shareAmong(control.budget, segments.length, mapWork(frozen));
  return { kind: 'transform', segments, control: withDecision({ ...frozen, budget }, 'transform') };
}

/**
 * The control with the partitions that follow from the preparation. A run down goes through the whole table if runs up had other partitions.
 *
 * @throws RunError InvalidScope
 * @throws RunError ScopeChanged: when the same preparation gives other partitions than before in the pass
 */
async function withPreparedScope(
  control: Control,
  { state: { run, versions }, value, replacesFrozen }: { state: PassState; value: unknown; replacesFrozen: boolean },
  ports: PrepareRunPorts,
): Promise<Control> {
  if (control.scope?.kind !== 'partitions') return control;
  const { transformation } = await load(run, control.sequence, ports);
  const given = await ports.openGiven(control, control.given);
  const ref = scopeOf(transformation, control.shape, await ports.contextOf(control, control.sequence, value, given))?.ref;
  if (!replacesFrozen) refuseOtherScope(control.scope, ref, transformation, control);
  const version = versions.find(({ sequence }) => sequence === control.sequence);
  const scope = ref && isUsable(ref, run.direction, version) ? { ...ref, lagMs: control.scope.lagMs } : undefined;
  return { ...control, scope, totalSegments: segmentsWithin(scope, run.totalSegments) };
}

interface Obtained {
  preparation: PreparationRef;
  value: unknown;
  /** What was transformed so far in this sequence was made with another. */
  replacesFrozen: boolean;
  /** Consumed by `prepare`, if it was called. */
  readUnits: number;
}

async function obtain(run: Run, control: Control, ports: PrepareRunPorts): Promise<Obtained> {
  const { records } = ports;
  const { preparation: frozen, sequence } = control;
  const newest = async () => {
    const file = await load(run, sequence, ports);
    const values = control.given ? recordedValues(control.given) : {};
    return newestPreparation(records, { table: run.table, sequence }, file, comparedParameters(file.transformation.parameters, values));
  };
  // What was made with a preparation is undone with the same, unless that is lost and the same code gathered another since.
  const named = frozen ?? (run.direction === 'down' ? await preparationOfVersion(run, control, ports) : undefined);
  if (!named) {
    const known = await newest();
    const { made, readUnits } = known ? { made: known, readUnits: 0 } : await make(run, control, ports);
    return { ...(await readFor(run, control, made, ports)), replacesFrozen: false, readUnits };
  }
  try {
    const read = await readFor(run, control, named, ports);
    return { ...read, preparation: { ...read.preparation, insteadOf: named.insteadOf }, replacesFrozen: false, readUnits: 0 };
  } catch (error) {
    const newer = error instanceof RunError ? await newest() : undefined;
    if (!newer || newer.version === named.version) throw error;
    const read = await readFor(run, control, newer, ports);
    return { ...read, preparation: { ...read.preparation, insteadOf: named.version }, replacesFrozen: frozen !== undefined, readUnits: 0 };
  }
}

async function readFor(
  run: Run,
  { sequence, checksum }: Pick<Control, 'sequence' | 'checksum'>,
  named: PreparationRef,
  ports: PrepareRunPorts,
): Promise<Pick<Obtained, 'preparation' | 'value'>> {
  const { formerChecksums } = await load(run, sequence, ports);
  const owner = ownerOf({ table: run.table, sequence }, { checksum, formerChecksums }, named);
  const version = versionFor(owner, named);
  return { preparation: { ...owner, version }, value: await ports.store.read(owner, version) };
}

async function preparationOfVersion(run: Run, { sequence }: Control, ports: PrepareRunPorts) {
  const version = (await ports.ledger.versions(run.table)).find((known) => known.sequence === sequence);
  const made = version?.preparation;
  return made && isSameSource(await load(run, sequence, ports), made.checksum) ? made : undefined;
}

async function make(run: Run, control: Control, ports: PrepareRunPorts): Promise<{ made: Preparation; readUnits: number }> {
  let readUnits = 0;
  const count = (units: number): void => {
    readUnits += units;
  };
  const file = await load(run, control.sequence, ports);
  const given = await ports.openGiven(control, control.given);
  const context = await ports.prepareContextOf(control, given, file.transformation.lookups, count);
  const made = await makePreparation(file, context, { ...ports, by: run.execution });
  return { made, readUnits };
}

function nextPreparation(run: Run, control: Control): Verdict {
  const next = run.steps[control.step + 1];
  if (!next) return { kind: 'succeed', control: withDecision({ ...control, ended: true }, 'succeed') };
  const begun = { ...control, ...codeOfStep(next), step: control.step + 1, preparation: undefined };
  return { kind: 'prepare', control: withDecision(begun, 'prepare') };
}

/** Tries the present sequence and the later ones up to the next that needs a preparation; in a dry run, also the earlier ones. */
async function tryFiles(run: Run, control: Control, value: unknown, ports: PrepareRunPorts): Promise<void> {
  const { shape } = control;
  const later = run.steps.slice(control.step + 1);
  const next = later.findIndex(({ prepares }) => prepares);
  const links = [
    ...(await Promise.all(
      control.earlier.map(async (earlier) => ({
        sequence: earlier.sequence,
        given: earlier.given,
        ref: earlier.scope,
        value: earlier.preparation && (await readFor(run, earlier, earlier.preparation, ports)).value,
      })),
    )),
    { sequence: control.sequence, given: control.given, ref: control.scope, value },
    ...later
      .slice(0, next === -1 ? undefined : next)
      .map(({ sequence, given, scope: ref }) => ({ sequence, given, ref, value: undefined })),
  ];
  const chain = await Promise.all(
    links.map(async ({ sequence, given, ref, value: preparation }) => {
      const { file, transformation } = await load(run, sequence, ports);
      const opened = await ports.openGiven({ table: control.table, sequence }, given);
      const context = await ports.contextOf(control, sequence, preparation, opened);
      return { file, transformation, context, scope: recordedScope(ref, transformation, shape, context) };
    }),
  );
  const { table, marks } = control;
  const written = `Nothing of v${control.sequence} was written since.`;
  await refuseBrokenFiles(await sampleFor(chain, shape, ports.readSample), chain, shape, {
    table,
    maxFailures: marks.maxFailures,
    written,
    clock: ports.clock,
    lookups: ports.lookups,
  });
}

async function load(run: Run, sequence: number, { loadTransformation }: PrepareRunPorts): Promise<Deployed> {
  const step = run.steps.find((candidate) => candidate.sequence === sequence);
  const file = step && (await loadTransformation(run.table, step));
  if (!file) throw noLongerDeployed(run, sequence);
  return file;
}

function refTo({ table, sequence, checksum, version }: PreparationRef): PreparationRef {
  return { table, sequence, checksum, version };
}
