import { bindTransformation, chainDeciders, type ItemDecider } from '../change/decide-change.ts';
import { type BoundCode, bindRewrite, readingAll } from '../change/rewrite.ts';
import { seenThrough } from '../change/seen-through.ts';
import type { Control } from '../ledger/control.ts';
import { ownerOf, versionFor } from '../ledger/preparation.ts';
import type { VersionCode } from '../ledger/versions/version.ts';
import type { Lookups } from '../lookup/lookups.ts';
import { type CodeIdentity, codeOf, isSameCode } from '../transformation/catalog.ts';
import type { BoundContext, Transformation } from '../transformation/contract.ts';
import type { SeenAs } from '../transformation/look.ts';
import { isInScope, recordedScope, type Scope } from '../transformation/scope.ts';
import type { Image } from '../values/attribute-value.ts';
import { withInsertedSeeds, withSeedsToTakeBack } from './seeds-to-take-back.ts';
import type { TransformSegmentPorts } from './segment-ports.ts';

export type BindPorts = Pick<TransformSegmentPorts, 'loadTransformation' | 'readPreparation' | 'openSeeds' | 'openGiven' | 'contextOf'>;

/** A file as it is deployed. */
export type Code = CodeIdentity & { transformation: Transformation };

/**
 * Binds the present sequence. In a dry run, it decides on what the sequences before it would have made of an item. A run that rewrites has
 * one sequence only. Each sequence leaves items outside of its scope: an item can leave an index while its change is on its way.
 *
 * @param lookups what functions look things up by; if left out, they find no table in `look`
 */
export async function bindSequences(
  control: Control,
  present: Code,
  ports: BindPorts,
  lookups?: Lookups,
  presentScope?: Scope,
): Promise<ItemDecider> {
  const earlierCodes = await loadEarlierCodes(control, ports, lookups);
  const scope = presentScope ?? (await scopeIn(control, control, present, ports));
  if (earlierCodes.length > 0)
    return within(scope, bindRewrite(await boundCode(control, present, ports, lookups), earlierCodes, control.shape));
  const bind = async (code: Code, step: Prepared, before: readonly ItemDecider[], of?: Scope): Promise<ItemDecider> => {
    const context = await contextOf(control, step, code, ports);
    const seenAs = before.length === 0 ? undefined : seenThrough(before.map(({ decide }) => decide));
    const bound = bindTransformation(
      await withSeedsToTakeBack(code.transformation, { ...control, sequence: step.sequence }, ports.openSeeds),
      control.shape,
      withLooks(context, code, control, lookups, seenAs),
    );
    return within(of, bound);
  };
  const earlier: ItemDecider[] = [];
  for (const step of control.earlier) {
    const loaded = await ports.loadTransformation(control.table, step);
    if (loaded && isSameCode(loaded, codeOf(step)))
      earlier.push(await bind(loaded, step, [...earlier], await scopeIn(control, step, loaded, ports)));
  }
  const last = await bind(present, control, earlier, scope);
  return control.earlier.length === 0 ? last : chainDeciders(earlier, last);
}

function withLooks(
  context: BoundContext,
  { transformation }: Code,
  control: Control,
  lookups: Lookups | undefined,
  seenAs?: SeenAs<Image>,
): BoundContext {
  return lookups ? { ...context, looks: lookups.opener(transformation.lookups, control, seenAs) } : context;
}

/**
 * The scope of the present sequence, or of one before it in a dry run; undefined for all items of the table.
 *
 * @throws RunError InvalidScope, ScopeChanged
 */
export async function scopeIn(control: Control, step: Prepared, code: Code, ports: BindPorts): Promise<Scope | undefined> {
  if (!step.scope) return undefined;
  return recordedScope(step.scope, code.transformation, control.shape, await contextOf(control, step, code, ports));
}

function within(scope: Scope | undefined, { footprint, decide }: ItemDecider): ItemDecider {
  if (!scope) return { footprint, decide };
  const contains = isInScope(scope);
  return { footprint, decide: (image, place) => (contains(image) ? decide(image, place) : { outcome: 'unchanged' }) };
}

/** The codes whose values are set again, each with its own preparation, and with those seeds only that it inserted. */
async function loadEarlierCodes(control: Control, ports: BindPorts, lookups: Lookups | undefined): Promise<BoundCode[]> {
  const loaded = await Promise.all((control.rewrites ?? []).map((earlier) => loadEarlier(control, earlier, ports)));
  return Promise.all(
    loaded.map(async ({ step, code }) => {
      const transformation = await withInsertedSeeds(code.transformation, control, ports.openSeeds);
      return boundCode({ ...control, ...step }, { ...code, transformation }, ports, lookups);
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

async function loadEarlier({ table, sequence }: Control, { checksum, bundleChecksum, preparation, given }: VersionCode, ports: BindPorts) {
  const step = { sequence, checksum, bundleChecksum, preparation, given, kept: true as const };
  const code = await ports.loadTransformation(table, step);
  if (!code) throw new TypeError('kept code is loaded or refused');
  return { step, code };
}

async function boundCode(control: Control, code: Code, ports: BindPorts, lookups: Lookups | undefined): Promise<BoundCode> {
  const context = await contextOf(control, control, code, ports);
  return { transformation: code.transformation, context: withLooks(context, code, control, lookups) };
}

/** @param step what names a frozen preparation and what is given: the control, or one of the sequences before it in a dry run */
export async function contextOf(control: Control, step: Prepared, code: Code, ports: BindPorts): Promise<BoundContext> {
  const { sequence, given } = step;
  const preparation = await preparationOf(control, step, code, ports);
  return ports.contextOf(control, sequence, preparation, await ports.openGiven({ table: control.table, sequence }, given));
}

/** What names a frozen preparation and what is given: the control, or one of the sequences before it in a dry run. */
type Prepared = Pick<Control, 'sequence' | 'checksum' | 'preparation' | 'given' | 'scope'>;

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
