import { misuse } from './misuse.ts';

/** The prototype of `look`: names the tables of the file, if a function asks for another. */
export function lookTemplate(names: readonly string[]): object {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        // Whatever awaits or prints an object asks for such names.
        if (typeof name === 'symbol' || name === 'then' || name === 'toJSON' || name in Object.prototype) return undefined;
        const known = names.map((each) => `look.${each}`);
        throw misuse(
          `The function uses look.${name.slice(0, 40)}, which its file does not declare: it has ${known.join(', ')}. Add it to \`lookups\`: { ${name.slice(0, 40)}: 'TheTable' }.`,
        );
      },
    },
  );
}
