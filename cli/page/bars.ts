import { whole } from '../terminal/in-words.ts';
import { type Html, html } from './html.ts';

export interface Bar {
  name: string;
  value: number;
  tone: 'first' | 'second' | 'alert';
  /** Text that explains the number, beside it. */
  meaning?: string | undefined;
}

/** A bar chart that is also a table: each bar with its number, so that no axis is needed. */
export function barTable(caption: string, titles: { name: string; value: string; meaning?: string }, bars: readonly Bar[]): Html {
  const maxValue = Math.max(1, ...bars.map(({ value }) => value));
  return html`<table class="bars"><caption>${caption}</caption>
<thead><tr><th scope="col">${titles.name}</th><th scope="col" class="number">${titles.value}</th><th scope="col" class="drawn"><span class="unseen">Share of the largest</span></th>${titles.meaning && html`<th scope="col" class="meaning">${titles.meaning}</th>`}</tr></thead>
<tbody>${bars.map(
    ({
      name,
      value,
      tone,
      meaning,
    }) => html`<tr><th scope="row">${name}</th><td class="number">${whole(value)}</td><td class="drawn"><svg height="12" width="100%" aria-hidden="true"><rect class="track" width="100%" height="12" rx="2"/>${value > 0 && html`<rect class="bar ${tone}" width="${Math.max(0.6, (100 * value) / maxValue).toFixed(2)}%" height="12" rx="2"/>`}</svg></td>${titles.meaning && html`<td class="meaning">${meaning ?? ''}</td>`}</tr>
`,
  )}</tbody></table>`;
}
