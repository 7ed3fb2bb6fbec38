import { bindTransformation } from '../change/decide-change.ts';
import { decideTogether, type Member, type TogetherDecider } from '../change/decide-together.ts';
import type { Control } from '../ledger/control.ts';
import { controlsOf } from '../ledger/sweep.ts';
import type { Lookups } from '../lookup/lookups.ts';
import { withoutOwnTable } from '../lookup/without-own-table.ts';
import { codeOf, isSameCode } from '../transformation/catalog.ts';
import { type BindPorts, type Code, contextOf } from './bind-sequences.ts';

/**
 * The codes of all versions that the pass sweeps together, in their order.
 *
 * @returns undefined if one of them is not deployed with the code of the run
 */
export async function loadTogether(
  control: Control,
  { loadTransformation }: Pick<BindPorts, 'loadTransformation'>,
): Promise<Code[] | undefined> {
  const codes: Code[] = [];
  for (const member of controlsOf(control)) {
    const code = await loadTransformation(control.table, member);
    if (!code || !isSameCode(code, codeOf(member))) return undefined;
    codes.push(code);
  }
  return codes;
}

/**
 * Binds the versions that a pass sweeps together, each with what is frozen for it.
 *
 * @param codes as {@link loadTogether} gives them
 * @param lookups what functions look things up by; if left out, they find no table in `look`
 */
export async function bindTogether(
  control: Control,
  codes: readonly Code[],
  ports: BindPorts,
  lookups?: Lookups,
): Promise<TogetherDecider> {
  const members: Member[] = [];
  for (const [index, member] of controlsOf(control).entries()) {
    const code = codes[index];
    if (!code) throw new TypeError('each version of the pass has its code');
    const { transformation } = code;
    const context = await contextOf(member, member, code, ports);
    const looks = lookups && withoutOwnTable(lookups.opener(transformation.lookups, member));
    const decider = bindTransformation(transformation, control.shape, looks ? { ...context, looks } : context);
    members.push({ transformation, decider, ...(member.journals ? { journals: true } : {}) });
  }
  return decideTogether(members, control.shape);
}
