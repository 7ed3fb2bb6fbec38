import type { Finding } from '../table-plan.ts';

/** Files of the folder that look like versions (`v03.ts`), or are meant to be, and are not used. */
export interface UnusedFindings {
  problems: readonly Finding[];
  notes: readonly Finding[];
}

/** @param unused with `isProblem` if a version would be missing in a deploy */
export function unusedFindings(unused: readonly { message: string; isProblem: boolean }[]): UnusedFindings {
  return {
    problems: unused.filter(({ isProblem }) => isProblem).map(({ message }) => ({ name: 'InvalidTransformation', message })),
    notes: unused.filter(({ isProblem }) => !isProblem).map(({ message }) => ({ name: 'NotUsed', message })),
  };
}

export function joinUnused(one: UnusedFindings, other: UnusedFindings): UnusedFindings {
  return { problems: [...one.problems, ...other.problems], notes: [...one.notes, ...other.notes] };
}
