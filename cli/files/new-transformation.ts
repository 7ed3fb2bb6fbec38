export type Language = 'ts' | 'js';

/**
 * The text of a version to fill in. It is a valid file, but no run accepts it until it declares something, or its function has a parameter.
 *
 * TypeScript gets the typed form, in which the editor completes every field and marks what is wrong. JavaScript gets named exports, or the
 * typed form by `require` in a CommonJS package whose runner compiles nothing.
 */
export function newTransformation(table: string, sequence: number, language: Language, isCommonJs = false): string {
  const head = `/** ${table} v${sequence}: say here what changes, and why.`;
  if (language === 'ts')
    return `import { defineTransformation } from 'dynamodt';

${head} In <…>, name the attributes that its items have before it. */
export default defineTransformation<{ id: string }>()({
${fields(sequence)}});
`;
  if (isCommonJs)
    return `const { defineTransformation } = require('dynamodt');

${head} */
module.exports = defineTransformation()({
${fields(sequence)}});
`;
  return namedExports(head, sequence);
}

/** The fields of the typed form. */
function fields(sequence: number): string {
  return `  sequence: ${sequence}, // the number in the file's name

  /** Attributes that this version may create. They are set only if they are missing. No run accepts this file until you fill it in. */
  adds: [],

  // What else a version may declare, each only if it is needed:
  // overwrites: ['state'],     // attributes that it may create or change
  // removes: ['fullName'],     // attributes that it may delete
  // inserts: true,             // it may insert items
  // deletes: true,             // it may delete items
  // reads: ['fullName'],       // fetch only these attributes: for items that have many attributes, or change often

  // Data from elsewhere: gathered once, before the first item, and passed to transformUp as \`context.preparation\`:
  // prepare: async ({ scan }) => ({ … }),

  /**
   * Returns the new shape of one item, or nothing to leave it as it is. For example, with \`adds: ['firstName', 'lastName']\`:
   *
   *   transformUp(user) {
   *     if (!user.fullName) return; // other kinds of item in the table
   *     const [firstName, ...rest] = user.fullName.split(' ');
   *     return { ...user, firstName, lastName: rest.join(' ') };
   *   },
   *
   * It is called again after a crash, and if the application changed the item meanwhile, so its result must depend on the item alone.
   */
  transformUp: () => undefined,

  /**
   * transformDown is the way back. Leave it out if this version only adds attributes: \`down\` then removes the values that transformUp
   * gives again, and keeps other values, which may be newer. Write it if the version does more, or if transformUp cannot give the same values again:
   *
   *   transformDown: ({ firstName, lastName, ...user }) => user,
   */
`;
}

function namedExports(head: string, sequence: number): string {
  return `${head} */
export const sequence = ${sequence}; // the number in the file's name

/** Attributes that this version may create. They are set only if they are missing. No run accepts this file until you fill it in. */
export const adds = [];

// What else a version may declare, each only if it is needed:
// export const overwrites = ['state'];     // attributes that it may create or change
// export const removes = ['fullName'];     // attributes that it may delete
// export const inserts = true;             // it may insert items
// export const deletes = true;             // it may delete items
// export const reads = ['fullName'];       // fetch only these attributes: for items that have many attributes, or change often

// Data from elsewhere: gathered once, before the first item, and passed to transformUp as \`context.preparation\`:
// export const prepare = async ({ scan }) => ({ … });

/**
 * Returns the new shape of one item, or nothing to leave it as it is. For example, with \`adds = ['firstName', 'lastName']\`:
 *
 *   export const transformUp = (user) => {
 *     if (!user.fullName) return; // other kinds of item in the table
 *     const [firstName, ...rest] = user.fullName.split(' ');
 *     return { ...user, firstName, lastName: rest.join(' ') };
 *   };
 *
 * It is called again after a crash, and if the application changed the item meanwhile, so its result must depend on the item alone.
 *
 * @type {import("dynamodt").Transform}
 */
export const transformUp = () => undefined;

/**
 * transformDown is the way back. Leave it out if this version only adds attributes: \`down\` then removes the values that transformUp
 * gives again, and keeps other values, which may be newer. Write it if the version does more, or if transformUp cannot give the same values again:
 *
 *   export const transformDown = ({ firstName, lastName, ...user }) => user;
 */
`;
}
