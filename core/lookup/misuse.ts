import { ItemError } from '../errors.ts';

/** A look-up that cannot be made as the function asks for it. @param problem a sentence that names what is wrong, and holds no item data */
export function misuse(problem: string): ItemError {
  return new ItemError('TransformThrew', problem);
}

export function refusedByDynamoDB(code: string): ItemError {
  return misuse(`DynamoDB refused a look-up of the function: ${code}. Look at the key that it asks for.`);
}
