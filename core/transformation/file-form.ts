/*
 * A transformation file has one of two forms: named exports, or one default export made by defineTransformation. Both have the same fields.
 */

/** Not a private symbol, since each bundled file has its own copy of this module. */
const mark = Symbol.for('dynamodt.transformation');

/** A copy of a definition, by which its file is known to be of the typed form. */
export function markDefined<D extends object>(definition: D): D {
  return Object.defineProperty({ ...definition }, mark, { value: true });
}

/** The fields of a file, and how they are declared. */
export interface FileFields {
  fields: Record<string, unknown>;
  isTyped: boolean;
}

/** Why a file has no fields, as a clause that follows its name. */
export interface FormProblem {
  problem: string;
}

/**
 * Finds the fields of a file.
 *
 * @param exported its namespace; what a CommonJS file exports arrives as its default export
 * @param format of the file's source, if it is known
 * @param isField whether a name is that of a field, or meant to be
 */
export function fieldsOf(
  exported: object,
  format: 'esm' | 'cjs' | undefined,
  isField: (name: string) => boolean,
): FileFields | FormProblem {
  if (isDefined(exported)) return { fields: { ...exported }, isTyped: true };
  const { default: whole, __esModule: _, 'module.exports': __, ...named }: Record<string, unknown> = { ...exported };
  if (isObject(whole) && isDefined(whole)) {
    const beside = Object.keys(named).filter(isField);
    if (beside.length === 0) return { fields: { ...whole }, isTyped: true };
    return {
      problem: `has a default export made by defineTransformation, and also exports ${beside.map((name) => `"${name}"`).join(', ')}. Use one form: move it into the definition, or remove the default export`,
    };
  }
  if (isObject(whole) && '__esModule' in whole) return fieldsOf(whole, format, isField);
  if (Object.keys(named).some(isField) || whole === undefined) return { fields: named, isTyped: false };
  if (isObject(whole) && format !== 'esm') return { fields: { ...whole }, isTyped: false };
  return {
    problem:
      'has a default export that is not made by defineTransformation. Write `export default defineTransformation<…>()({ sequence: 3, … })`, or named exports, beginning with "sequence"',
  };
}

function isDefined(value: object): boolean {
  return mark in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
