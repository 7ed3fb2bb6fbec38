import { stripVTControlCharacters } from 'node:util';
import { visible } from './terminal-text.ts';

/** A column of a text table; numbers are aligned to the right. */
export interface Column<Row> {
  title: string;
  of: (row: Row) => string;
  align?: 'right';
  /** If the table is wider than the terminal, the column goes to a line below each row, with its title. Those with the lowest number go first; without one, never. */
  leaves?: number | undefined;
}

/** A table as aligned lines: its titles, then its rows. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => visible(of(row))))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => widthOf(line[index] ?? ''))));
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
        return columns[index]?.align ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/**
 * A table that fits a width: columns that do not fit go to lines below each row, so that nothing is cut off.
 *
 * @param width in columns of the terminal; undefined for any
 * @returns the titles, and the lines of each row
 */
export function fittingTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): { titles: string; rows: string[][] } {
  const left = new Set<Column<Row>>();
  const leaving = columns.filter(({ leaves }) => leaves !== undefined).toSorted((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  for (;;) {
    const [titles = '', ...lines] = textTable(
      columns.filter((column) => !left.has(column)),
      rows,
    );
    const next = leaving.find((column) => !left.has(column));
    if (width !== undefined && next && Math.max(...[titles, ...lines].map(widthOf)) > width) {
      left.add(next);
      continue;
    }
    const below = columns.filter((column) => left.has(column));
    return { titles, rows: rows.map((row, index) => [lines[index] ?? '', ...linesBelow(below, row, width)]) };
  }
}

/** `  by r1 · checksum 1:01234567`, without empty cells, in as many lines as it needs. */
function linesBelow<Row>(columns: readonly Column<Row>[], row: Row, width = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  for (const { title, of } of columns) {
    const cell = visible(of(row));
    if (cell === '' || cell === '–') continue;
    const part = `${title} ${cell}`;
    const last = lines.at(-1);
    const longer = `${last} · ${part}`;
    if (last !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(`  ${part}`);
  }
  return lines;
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
