import type { VersionState } from '../../core/ledger/versions/version-state.ts';
import type { Output } from '../terminal/output.ts';

const inWords: Record<VersionState, string> = {
  pending: 'pending',
  notFilledIn: 'not filled in',
  applying: 'applying',
  halfwayUp: 'half-way up',
  applied: 'applied',
  baselined: 'baselined',
  appliedBefore: 'applied before (predecessor)',
  squashed: 'squashed',
  rollingBack: 'rolling back',
  halfwayDown: 'half-way down',
  rolledBack: 'rolled back',
};

const colours: Partial<Record<VersionState, 'green' | 'yellow'>> = {
  applied: 'green',
  baselined: 'green',
  appliedBefore: 'green',
  squashed: 'green',
  applying: 'yellow',
  halfwayUp: 'yellow',
  rollingBack: 'yellow',
  halfwayDown: 'yellow',
};

/** How a version stands, in its colour. */
export function stateText(state: VersionState, { styled }: Pick<Output, 'styled'>): string {
  const colour = colours[state];
  return colour ? styled(colour, inWords[state]) : inWords[state];
}
