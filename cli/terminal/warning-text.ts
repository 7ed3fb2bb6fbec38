import { versionList } from '../../core/ledger/versions/version-list.ts';
import type { FileWarning } from '../../core/run/file-warnings.ts';
import type { Output } from './output.ts';

/** More warnings of one name are put into one line. */
const maxOfOneName = 3;

/** What does not fit together and nobody acknowledged: a line for each warning, or one for all of a name if there are many. */
export function warningLines(all: readonly FileWarning[], { styled }: Pick<Output, 'styled'>): string[] {
  const warnings = all.filter(({ acknowledged }) => !acknowledged);
  const names = [...new Set(warnings.map(({ name }) => name))];
  return names.flatMap((name) => {
    const ofName = warnings.filter((warning) => warning.name === name);
    const title = styled('yellow', `warning ${name}`);
    const [first] = ofName;
    if (!first || ofName.length <= maxOfOneName) return ofName.map(({ message }) => `${title}: ${message}`);
    return [`${title} for ${versionList(ofName.map(({ sequence }) => sequence))}. Of v${first.sequence}: ${first.message}`];
  });
}
