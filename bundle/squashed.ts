import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** In a table's folder: which versions have no file any more, because all stages have applied them. */
export const squashedFile = 'squashed.json';

/** @throws Error: if the text is not such a list */
export function parseSquashed(text: string, file: string): number[] {
  const { versions } = parsed(text);
  if (Array.isArray(versions) && versions.every((each): each is number => Number.isInteger(each) && each > 0)) return versions;
  throw new Error(`${file} must look like {"versions":[1,2,3]}, as \`dynamodt squash\` writes it. Restore it from version control.`);
}

/** The squashed versions by table; undefined if no table has any. */
export async function squashedIn(sourceDir: string, tables: readonly string[]): Promise<Record<string, number[]> | undefined> {
  const squashed: Record<string, number[]> = {};
  for (const table of tables) {
    const text = await readFile(join(sourceDir, table, squashedFile), 'utf8').catch(() => undefined);
    if (text !== undefined) squashed[table] = parseSquashed(text, `${table}/${squashedFile}`);
  }
  return Object.keys(squashed).length > 0 ? squashed : undefined;
}

function parsed(text: string): { versions?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
