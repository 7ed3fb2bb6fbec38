import { grouped } from './grouped.ts';

/** `1 item`, `25,000 items`. @param plural if it is not the noun with an s */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  const rounded = Math.round(count);
  return `${grouped(rounded)} ${rounded === 1 ? noun : plural}`;
}
