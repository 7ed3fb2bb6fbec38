import type { FollowSettings } from '../../config/contract.ts';

/** How a table's stream is followed, with the defaults. */
export interface Following {
  units: number;
  concurrency: number;
  writerAttribute?: string;
}

const known: readonly string[] = ['units', 'concurrency', 'writerAttribute'];

/**
 * @returns undefined if the table is not followed
 * @throws Error: when a setting cannot work; the message says what to give
 */
export function following(table: string, follow: boolean | FollowSettings = false): Following | undefined {
  if (follow === false) return undefined;
  const given: unknown = follow === true ? {} : follow;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Error(`\`follow\` of ${table} is ${JSON.stringify(given)}. Give true, false, or { ${known.join(', ')} }.`);
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new Error(`\`follow\` of ${table} has ${unknown.join(', ')}, which is not known. It may have ${known.join(', ')}.`);
  const { units = 100, concurrency = 2, writerAttribute }: FollowSettings = given;
  refuseOtherThanCount(table, 'units', units);
  refuseOtherThanCount(table, 'concurrency', concurrency);
  if (writerAttribute !== undefined && (typeof writerAttribute !== 'string' || writerAttribute === ''))
    throw new Error(
      `\`follow.writerAttribute\` of ${table} is ${JSON.stringify(writerAttribute)}. Give the name of the attribute in which your code says who wrote an item, such as "updatedBy", or leave it out.`,
    );
  return { units, concurrency, ...(writerAttribute === undefined ? {} : { writerAttribute }) };
}

/** A number that only CloudFormation knows is a token, which is no whole number above 0 either. */
function refuseOtherThanCount(table: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`\`follow.${name}\` of ${table} is ${String(value)}. Give a whole number above 0, or leave it out.`);
}
