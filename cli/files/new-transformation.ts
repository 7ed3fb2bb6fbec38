export type Language = 'ts' | 'js';

/** The text of a version to fill in. It is valid as it is, but no run takes it until it declares something, or its function takes an item. */
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

/** Attributes that this version may create. They are set only if they are missing. As long as this file is as it was made, no run takes it. */
${typed ? 'export const adds: string[] = [];' : 'export const adds = [];'}

// What else a version may declare, each only if it is needed:
// export const overwrites = ['state'];     // attributes that it may create or change
// export const removes = ['fullName'];     // attributes that it may delete
// export const inserts = true;             // it may insert items
// export const deletes = true;             // it may delete items
// export const reads = ['fullName'];       // fetch only these attributes: for wide items, and items that change all the time

// Data from elsewhere: gathered once, before the first item, and given to transformUp as \`context.preparation\`:
// export const prepare${typed ? ': Prepare' : ''} = async ({ scan }) => ({ … });

/**
 * Gives the new shape of one item; nothing leaves it as it is. For example, with \`adds = ['firstName', 'lastName']\`:
 *
 *   ${example}
 *     if (!user.fullName) return; // other kinds of item in the table
 *     const [firstName, ...rest] = user.fullName.split(' ');
 *     return { ...user, firstName, lastName: rest.join(' ') };
 *   };
 *
 * It is called again for an item that the application changed meanwhile, and after a crash, so it must depend on the item alone.${
   typed ? '' : '\n *\n * @type {import("dynamodt").Transform}'
 }
 */
export const transformUp${typed ? ': Transform' : ''} = () => undefined;

/**
 * transformDown is the way back. Leave it out while this version only adds: \`down\` then removes what transformUp would give again, and
 * keeps what may be newer. Write it where the version does more, or gives what it would not give again:
 *
 *   ${exampleDown}
 */
`;
}

/** The text of its test, which passes as it is. @param file name of the transformation, beside it */
export function newTest(table: string, sequence: number, file: string): string {
  return [
    "import { check } from 'dynamodt/testing';",
    "import { expect, it } from 'vitest';",
    `import * as v${sequence} from './${file}';`,
    '',
    `/** Items as ${table} has them before v${sequence}, one of each kind. */`,
    "const before = [{ id: '1' }];",
    '/** The same items after it. */',
    "const after = [{ id: '1' }];",
    '',
    "it('gives each item its new shape, and its old one back', async () => {",
    `  // Fails where v${sequence} changes what it does not declare, finds something to change in its own result, or its way down does not restore.`,
    `  const checked = await check(v${sequence}, before);`,
    '',
    '  expect(checked.map(({ after: [item] }) => item)).toEqual(after);',
    '});',
    '',
  ].join('\n');
}
