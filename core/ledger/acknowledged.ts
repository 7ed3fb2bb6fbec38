/** What an operator has seen of a table's warnings, so that commands do not show it again. */
export interface Acknowledged {
  table: string;
  /** Counts the changes of this record: the next one is written on condition that this is still the last. */
  number: number;
  warnings: AcknowledgedWarning[];
}

/** A warning with its text: another text is another fact, which nobody has seen yet. */
export interface AcknowledgedWarning {
  name: string;
  sequence: number;
  message: string;
  by: string;
  /** ISO 8601 */
  at: string;
}

/** What a warning is about. */
export type Fact = Pick<AcknowledgedWarning, 'name' | 'sequence' | 'message'>;

/** Who acknowledged a warning, as a field to add to it. */
export function seen(fact: Fact, acknowledged: Acknowledged | undefined): { acknowledged?: Pick<AcknowledgedWarning, 'by' | 'at'> } {
  const known = acknowledged?.warnings.find((warning) => isSameFact(warning, fact));
  return known ? { acknowledged: { by: known.by, at: known.at } } : {};
}

/** The record with all present facts: who saw an earlier one first stays, and facts that are over are forgotten. */
export function acknowledge(
  facts: readonly Fact[],
  { table, by, at }: { table: string; by: string; at: string },
  before: Acknowledged | undefined,
): Acknowledged {
  const warnings = facts.map(
    ({ name, sequence, message }) =>
      before?.warnings.find((seen) => isSameFact(seen, { name, sequence, message })) ?? { name, sequence, message, by, at },
  );
  return { table, number: (before?.number ?? 0) + 1, warnings };
}

function isSameFact(a: Fact, b: Fact): boolean {
  return a.name === b.name && a.sequence === b.sequence && a.message === b.message;
}
