import type { Image } from './attribute-value.ts';
import { afterUpdate, namesIn } from './change.ts';
import { conditionFor } from './condition.ts';
import type { Transformation, TransformContext } from './contract.ts';
import { bindTransformation } from './decide-change.ts';
import { ItemError } from './errors.ts';
import { failuresInWords } from './failures-in-words.ts';
import type { TableShape } from './table-shape.ts';

/** One sequence of a chain to try. */
export interface Link {
  file: string;
  transformation: Transformation;
  context: TransformContext;
}

/** Applies sequences in their order to each image in memory. @returns how many images failed, and how, in one clause */
export const trySample = async (
  images: readonly Image[],
  chain: readonly Link[],
  shape: TableShape,
): Promise<{ failed: number; inWords: string }> => {
  const deciders = chain.map(({ transformation, context }) => ({ transformation, ...bindTransformation(transformation, shape, context) }));
  const failures: ItemError[] = [];
  for (const scanned of images) {
    let image = scanned;
    try {
      for (const { transformation, footprint, decide } of deciders) {
        const decision = await decide(image);
        if (decision.outcome !== 'changed') continue;
        const { item } = decision.change;
        conditionFor(image, namesIn(decision.change), shape, footprint, transformation);
        if (item.kind === 'delete') break;
        image = afterUpdate(image, item.set, item.remove);
      }
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      failures.push(error);
    }
  }
  return { failed: failures.length, inWords: failuresInWords(failures) };
};
