import { invalidFile } from './check-exports.ts';
import type { Transformation } from './contract.ts';

/**
 * A file as `dynamodt init` makes it: applied like that, its number would be spent on nothing.
 *
 * @throws RunError InvalidTransformation
 */
export function refuseUnfilled({ file, transformation }: { file: string; transformation: Transformation }): void {
  if (transformation.isUnfilled)
    throw invalidFile(
      file,
      'is as `dynamodt init` made it: it declares nothing, and its transformUp does not look at the item, so to apply it would do nothing. Fill it in (`dynamodt plan` names what it changes), or remove it, and deploy',
    );
}
