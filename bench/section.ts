/** One table of a report; cells are text. */
export interface ReportTable {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** The targets, and the measured values. */
export interface Target {
  what: string;
  measured: string;
  target: string;
  met: boolean;
}

/** The result of one part of the bench. */
export interface Section {
  title: string;
  /** Paragraphs that say what is measured, and how. */
  text: readonly string[];
  tables: readonly ReportTable[];
  targets: readonly Target[];
  /** The raw figures, for `--json`. */
  figures: unknown;
}

export function sectionAsMarkdown({ title, text, tables, targets }: Section): string {
  const verdicts = {
    columns: ['target', 'measured', 'asked', ''],
    rows: targets.map(({ what, measured, target, met }) => [what, measured, target, met ? 'met' : '**missed**']),
  };
  const all = targets.length > 0 ? [...tables, verdicts] : tables;
  return [`## ${title}`, ...text, ...all.map(tableAsMarkdown)].join('\n\n');
}

export function tableAsMarkdown({ columns, rows }: ReportTable): string {
  return [columns, columns.map((_, index) => (index === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** `12,345` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** `1.87 ×` */
export function times(value: number): string {
  return `${value.toFixed(2)} ×`;
}
