export type Language = 'ts' | 'js';

/** The text of a version to fill in. It is a valid file, but no run accepts it until it declares something, or its function has a parameter. */
export function newTransformation(table: string, sequence: number, language: Language): string {
  const typed = language === 'ts';
  const example = typed
    ? 'export const transformUp: Transform<{ fullName?: string }> = (user) => {'
    : 'export const transformUp = (user) => {';
  const exampleDown = typed
    ? 'export const transformDown: Transform<{ firstName?: string; lastName?: string }> = ({ firstName, lastName, ...user }) => user;'
    : 'export const transformDown = ({ firstName, lastName, ...user }) => user;';
  return `${typed ? "import type { Transform } from 'dynamodt';\n\n" : ''}/** ${table} v${sequence}: say here what changes, and why. */
export const sequence = ${sequence}; // the number in the file's name

/** Attributes that this version may create. They are set only if they are missing. No run accepts this file until you fill it in. */
${typed ? 'export const adds: string[] = [];' : 'export const adds = [];'}

// What else a version may declare, each only if it is needed:
// export const overwrites = ['state'];     // attributes that it may create or change
// export const removes = ['fullName'];     // attributes that it may delete
// export const inserts = true;             // it may insert items
// export const deletes = true;             // it may delete items
// export const reads = ['fullName'];       // fetch only these attributes: for items that have many attributes, or change often

// Data from elsewhere: gathered once, before the first item, and passed to transformUp as \`context.preparation\`:
// export const prepare${typed ? ': Prepare' : ''} = async ({ scan }) => ({ … });

/**
 * Returns the new shape of one item, or nothing to leave it as it is. For example, with \`adds = ['firstName', 'lastName']\`:
 *
 *   ${example}
 *     if (!user.fullName) return; // other kinds of item in the table
 *     const [firstName, ...rest] = user.fullName.split(' ');
 *     return { ...user, firstName, lastName: rest.join(' ') };
 *   };
 *
 * It is called again after a crash, and if the application changed the item meanwhile, so its result must depend on the item alone.${
   typed ? '' : '\n *\n * @type {import("dynamodt").Transform}'
 }
 */
export const transformUp${typed ? ': Transform' : ''} = () => undefined;

/**
 * transformDown is the way back. Leave it out if this version only adds attributes: \`down\` then removes the values that transformUp
 * gives again, and keeps other values, which may be newer. Write it if the version does more, or if transformUp cannot give the same values again:
 *
 *   ${exampleDown}
 */
`;
}
