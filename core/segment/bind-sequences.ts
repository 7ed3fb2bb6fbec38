import { bindTransformation, chainDeciders, type ItemDecider } from '../change/decide-change.ts';
import type { Control } from '../ledger/control.ts';
import { ownerOf, versionFor } from '../ledger/preparation.ts';
import { type CodeIdentity, codeOf, isSameCode } from '../transformation/catalog.ts';
import type { Transformation } from '../transformation/contract.ts';
import { withSeedsToTakeBack } from './seeds-to-take-back.ts';
import type { TransformSegmentPorts } from './segment-ports.ts';

export type BindPorts = Pick<TransformSegmentPorts, 'loadTransformation' | 'readPreparation' | 'openSeeds' | 'contextOf'>;

/** A file as it is deployed. */
export type Code = CodeIdentity & { transformation: Transformation };

/** Binds the present sequence. In a dry run, it decides on what the sequences before it would have made of an item. */
export async function bindSequences(control: Control, present: Code, ports: BindPorts): Promise<ItemDecider> {
  const bind = async (code: Code, step: Prepared): Promise<ItemDecider> =>
    bindTransformation(
      await withSeedsToTakeBack(code.transformation, { ...control, sequence: step.sequence }, ports.openSeeds),
      control.shape,
      ports.contextOf(control, step.sequence, await preparationOf(control, step, code, ports)),
    );
  const last = await bind(present, control);
  const earlier = await Promise.all(
    control.earlier.map(async (step) => {
      const loaded = await ports.loadTransformation(control.table, step.sequence);
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

/** What names a frozen preparation: the control, or one of the sequences before it in a dry run. */
type Prepared = Pick<Control, 'sequence' | 'checksum' | 'preparation'>;

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
