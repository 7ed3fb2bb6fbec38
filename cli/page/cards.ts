import { type Html, html } from './html.ts';

/** A column of a table; the first one names the row. */
export interface Column<Row> {
  title: string;
  isNumber?: boolean;
  /** A name such as `TransformThrew`, which is not broken in two. */
  isName?: boolean;
  of(row: Row): Html | string | number;
}

/** A table of records. On a narrow page, each row is a card with a name beside each value, so that nothing is cut off. */
export function cards<Row>(name: string, columns: readonly Column<Row>[], rows: readonly Row[], caption?: string): Html {
  const [first, ...others] = columns;
  if (!first) return html``;
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table class="cards">${caption !== undefined && html`<caption>${caption}</caption>`}
<thead><tr>${columns.map((column) => html`<th scope="col"${classOf(column)}>${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (
      row,
    ) => html`<tr><th scope="row" data-label="${first.title}">${first.of(row)}</th>${others.map((column) => html`<td data-label="${column.title}"${classOf(column)}>${column.of(row)}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}

function classOf<Row>({ isNumber, isName }: Column<Row>): Html | false | undefined {
  return isNumber ? html` class="number"` : isName && html` class="name"`;
}
