import { stripVTControlCharacters } from 'node:util';
import { visible } from './terminal-text.ts';

/** A column of a text table; numbers are aligned to the right. */
export interface Column<Row> {
  title: string;
  of: (row: Row) => string;
  align?: 'right';
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

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
