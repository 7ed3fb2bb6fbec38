import type { ItemDiff } from '../../core/plan/item-diff.ts';
import type { Output } from '../terminal/output.ts';
import { imageText, valueText } from './value-text.ts';

/** Shows items before and after. @param title the name of what the items are examples of */
export function diffLines(title: string, diffs: readonly ItemDiff[], { styled }: Pick<Output, 'styled'>): string[] {
  return diffs.flatMap(({ key, item, attributes, inserts }) => [
    styled('dim', `${title}  ${imageText(key)}`),
    ...(item === 'deleted' ? [styled('red', '  - the item')] : []),
    ...attributes.map(({ name, change, before, after }) => {
      const values = [before, after].flatMap((value) => (value ? [valueText(value)] : [])).join(' → ');
      const [sign, colour] = signs[change];
      return styled(colour, `  ${sign} ${name}: ${values}`);
    }),
    ...inserts.map((image) => styled('green', `  + an item: ${imageText(image)}`)),
  ]);
}

const signs = { added: ['+', 'green'], changed: ['~', 'yellow'], removed: ['-', 'red'] } as const;
