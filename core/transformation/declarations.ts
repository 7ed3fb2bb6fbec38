import type { Declared } from './contract.ts';
import type { Footprint } from './footprint.ts';

export const noDeclarations: Declared = { adds: [], overwrites: [], removes: [], inserts: false, deletes: false };

/** The union of two declarations. A name that is changed, or that is added in some items and removed in others, needs `overwrites`, which also permits creating. */
export function mergeDeclarations(a: Declared, b: Declared): Declared {
  const removes = union(a.removes, b.removes);
  const adds = union(a.adds, b.adds);
  const overwrites = union(
    union(a.overwrites, b.overwrites),
    adds.filter((name) => removes.includes(name)),
  );
  return {
    adds: adds.filter((name) => !overwrites.includes(name)),
    overwrites,
    removes,
    inserts: a.inserts || b.inserts,
    deletes: a.deletes || b.deletes,
    ...((a.onExisting ?? b.onExisting) ? { onExisting: a.onExisting ?? b.onExisting } : {}),
    ...(a.writes || b.writes ? { writes: union(a.writes ?? [], b.writes ?? []) } : {}),
    ...(a.isTyped || b.isTyped ? { isTyped: true } : {}),
  };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

/**
 * The advice for a change of one attribute that a footprint does not permit: what the file must declare, in a sentence.
 *
 * @param how what happens to the attribute; on the way down, up must be able to do the opposite
 */
export function advice({ declared, direction }: Footprint, how: 'adds' | 'overwrites' | 'removes', name: string): string {
  const opposite = { adds: 'removes', overwrites: 'overwrites', removes: 'adds' } as const;
  const kind = direction === 'up' ? how : opposite[how];
  const lines = declarationLines(mergeDeclarations(declared, { ...noDeclarations, [kind]: [name] }), declared);
  const isNew = lines.every((line) =>
    (['adds', 'overwrites', 'removes'] as const).every((known) => !declares(line, known) || declared[known].length === 0),
  );
  return `If that is meant, ${isNew ? 'add' : 'let the file say this in place of what it declares'}: ${lines.join(' ')}`;
}

/**
 * The lines of a file that say `declared` where they say something else than `before`: `export const adds = ['firstName'];`, or in the typed
 * form `adds: ['firstName'],`
 *
 * @param isKnown names that may be shown; the others are counted in a comment
 */
export function declarationLines(declared: Declared, before: Declared, isKnown: (name: string) => boolean = () => true): string[] {
  return [
    ...(['adds', 'overwrites', 'removes'] as const)
      .filter((kind) => declared[kind].join('\0') !== before[kind].join('\0'))
      .map((kind) => {
        const shown = declared[kind].filter(isKnown);
        const hidden = declared[kind].length - shown.length;
        const rest = hidden > 0 ? ` // and ${hidden} that few items have: their names could be data, and --show-values shows them` : '';
        return `${declarationLine(declared, kind, `[${shown.map(quoted).join(', ')}]`)}${rest}`;
      }),
    ...(['inserts', 'deletes'] as const)
      .filter((kind) => declared[kind] !== before[kind])
      .map((kind) => declarationLine(declared, kind, 'true')),
    ...(namesIn(declared) === namesIn(before)
      ? []
      : [declarationLine(declared, 'writes', `[${(declared.writes ?? []).map(quoted).join(', ')}]`)]),
  ];
}

function namesIn({ writes = [] }: Declared): string {
  return writes.join('\0');
}

/** One declaration as it stands in a file of this form. */
export function declarationLine({ isTyped }: Declared, kind: string, value: string): string {
  return isTyped ? `${kind}: ${value},` : `export const ${kind} = ${value};`;
}

/** Whether a line of {@link declarationLines} is about a kind of declaration. */
export function declares(line: string, kind: 'adds' | 'overwrites' | 'removes'): boolean {
  return line.startsWith(`export const ${kind} =`) || line.startsWith(`${kind}:`);
}

/** As a string of JavaScript. */
export function quoted(name: string): string {
  return `'${JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
