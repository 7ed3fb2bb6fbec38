import { bindTransformation, chainDeciders, type ItemDecider } from '../change/decide-change.ts';
import { type BoundCode, bindRewrite, readingAll } from '../change/rewrite.ts';
import type { Control } from '../ledger/control.ts';
import { ownerOf, versionFor } from '../ledger/preparation.ts';
import type { VersionCode } from '../ledger/version.ts';
import { type CodeIdentity, codeOf, isSameCode } from '../transformation/catalog.ts';
import type { Transformation } from '../transformation/contract.ts';
import { isInScope, recordedScope, type Scope } from '../transformation/scope.ts';
import { withInsertedSeeds, withSeedsToTakeBack } from './seeds-to-take-back.ts';
import type { TransformSegmentPorts } from './segment-ports.ts';

export type BindPorts = Pick<TransformSegmentPorts, 'loadTransformation' | 'readPreparation' | 'openSeeds' | 'contextOf'>;

/** A file as it is deployed. */
export type Code = CodeIdentity & { transformation: Transformation };

/**
 * Binds the present sequence. In a dry run, it decides on what the sequences before it would have made of an item. A run that rewrites has
 * one sequence only. Each sequence leaves items outside of its scope: an item can leave an index while its change is on its way.
 */
export async function bindSequences(control: Control, present: Code, ports: BindPorts, presentScope?: Scope): Promise<ItemDecider> {
  const earlierCodes = await loadEarlierCodes(control, ports);
  const scope = presentScope ?? (await scopeIn(control, control, present, ports));
  if (earlierCodes.length > 0) return within(scope, bindRewrite(await boundCode(control, present, ports), earlierCodes, control.shape));
  const bind = async (code: Code, step: Prepared, ofStep?: Scope): Promise<ItemDecider> =>
    within(
      ofStep ?? (await scopeIn(control, step, code, ports)),
      bindTransformation(
        await withSeedsToTakeBack(code.transformation, { ...control, sequence: step.sequence }, ports.openSeeds),
        control.shape,
        ports.contextOf(control, step.sequence, await preparationOf(control, step, code, ports)),
      ),
    );
  const last = await bind(present, control, scope);
  const earlier = await Promise.all(
    control.earlier.map(async (step) => {
      const loaded = await ports.loadTransformation(control.table, step);
      return loaded && isSameCode(loaded, codeOf(step)) ? bind(loaded, step) : undefined;
    }),
  );
  return earlier.length === 0
    ? last
    : chainDeciders(
        earlier.filter((decider) => decider !== undefined),
        last,
      );
}

/**
 * The scope of the present sequence, or of one before it in a dry run; undefined for all items of the table.
 *
 * @throws RunError InvalidScope, ScopeChanged
 */
export async function scopeIn(control: Control, step: Prepared, code: Code, ports: BindPorts): Promise<Scope | undefined> {
  if (!step.scope) return undefined;
  const context = ports.contextOf(control, step.sequence, await preparationOf(control, step, code, ports));
  return recordedScope(step.scope, code.transformation, control.shape, context);
}

function within(scope: Scope | undefined, { footprint, decide }: ItemDecider): ItemDecider {
  if (!scope) return { footprint, decide };
  const contains = isInScope(scope);
  return { footprint, decide: (image) => (contains(image) ? decide(image) : { outcome: 'unchanged' }) };
}

/** The codes whose values are set again, each with its own preparation, and with those seeds only that it inserted. */
async function loadEarlierCodes(control: Control, ports: BindPorts): Promise<BoundCode[]> {
  const loaded = await Promise.all((control.rewrites ?? []).map((earlier) => loadEarlier(control, earlier, ports)));
  return Promise.all(
    loaded.map(async ({ step, code }) => {
      const transformation = await withInsertedSeeds(code.transformation, control, ports.openSeeds);
      return boundCode({ ...control, ...step }, { ...code, transformation }, ports);
    }),
  );
}

/** The transformation of a run that rewrites also reads what the earlier codes read. */
export async function readingEarlier(present: Transformation, control: Control, ports: BindPorts): Promise<Transformation> {
  const loaded = await Promise.all((control.rewrites ?? []).map((earlier) => loadEarlier(control, earlier, ports)));
  return readingAll(
    present,
    loaded.map(({ code }) => code.transformation),
  );
}

async function loadEarlier({ table, sequence }: Control, { checksum, bundleChecksum, preparation }: VersionCode, ports: BindPorts) {
  const step = { sequence, checksum, bundleChecksum, preparation, kept: true as const };
  const code = await ports.loadTransformation(table, step);
  if (!code) throw new TypeError('kept code is loaded or refused');
  return { step, code };
}

async function boundCode(control: Control, code: Code, ports: BindPorts): Promise<BoundCode> {
  const preparation = await preparationOf(control, control, code, ports);
  return { transformation: code.transformation, context: ports.contextOf(control, control.sequence, preparation) };
}

/** What names a frozen preparation: the control, or one of the sequences before it in a dry run. */
type Prepared = Pick<Control, 'sequence' | 'checksum' | 'preparation' | 'scope'>;

async function preparationOf(
  { table }: Control,
  { sequence, checksum, preparation }: Prepared,
  { formerChecksums }: Code,
  ports: BindPorts,
): Promise<unknown> {
  if (!preparation) return undefined;
  const owner = ownerOf({ table, sequence }, { checksum, formerChecksums }, preparation);
  return ports.readPreparation(owner, versionFor(owner, preparation));
}
