import { type Acknowledged, type Fact, seen } from '../../core/ledger/acknowledged.ts';
import type { FileWarning } from '../../core/run/file-warnings.ts';
import { adoptedInWords } from './adopted-text.ts';
import type { AdoptedShown } from './versions-shown.ts';

/** Adopted code, with who acknowledged it: it is no fault that anybody could mend, but should be seen once. */
export function adoptedWithSeen(adopted: readonly AdoptedShown[], acknowledged: Acknowledged | undefined): AdoptedShown[] {
  return adopted.map((code) => ({ ...code, ...seen(adoptedFact(code), acknowledged) }));
}

/** What can be acknowledged in a status. */
export function factsIn({ warnings = [], adopted = [] }: { warnings?: readonly FileWarning[]; adopted?: readonly AdoptedShown[] }): Fact[] {
  return [...warnings, ...adopted.map(adoptedFact)];
}

function adoptedFact(code: AdoptedShown): Fact {
  return { name: 'adopted', sequence: code.sequence, message: adoptedInWords(code) };
}
