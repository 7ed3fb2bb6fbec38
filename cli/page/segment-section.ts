import { moment, whole } from '../terminal/in-words.ts';
import { cards } from './cards.ts';
import { type Html, html } from './html.ts';
import type { PassPicture, RunPicture } from './run-picture.ts';
import { type Row, rowsOf, segmentChart, stateInWords } from './segment-chart.ts';
import { type PassReads, readsOfPass } from './segment-reads.ts';
import { withCode } from './with-code.ts';

/** Max number of passes that are drawn: the last ones. */
const maxPasses = 6;
/** Max number of segments in a table. */
const maxInTable = 500;

/** For each pass, when each segment was worked on, and its state. */
export function segmentSection({ run, control, passes }: RunPicture): Html | undefined {
  const known = passes.filter(({ checkpoints }) => checkpoints !== undefined).slice(-maxPasses);
  if (known.length === 0) return undefined;
  const hasFailed = known.some(({ checkpoints = [] }) => checkpoints.some(({ counters }) => counters.failed > 0));
  return html`<section><h2>Segments</h2><p class="quiet">Each bar is a segment, from its start to the last work on it, sorted by start time.${hasFailed && ' Red is the share of failed items.'}${known.length < passes.length && html` Shown are the last ${known.length} of ${passes.length} passes.`}</p>
${known.map((pass) => passFigure(pass, readsOfPass(run, control, pass.sequence)))}</section>`;
}

function passFigure({ pass, sequence, timeline, checkpoints = [] }: PassPicture, reads: PassReads): Html {
  const { totalSegments, summary, ofSegment } = reads;
  const rows = rowsOf(totalSegments, checkpoints);
  const counted = (['done', 'failed', 'underWay', 'notBegun'] as const).flatMap((state) => {
    const count = rows.filter((row) => row.state === state).length;
    return count > 0 ? [`${whole(count)} ${stateInWords[state]}`] : [];
  });
  const title = `v${sequence} pass ${pass}: ${counted.join(', ')}`;
  return html`<figure><h3>${title}</h3><p class="quiet">${withCode(summary)}</p>${timeline ? segmentChart(`segments-${pass}`, title, timeline, totalSegments, checkpoints) : html`<p>The times of the work were not recorded.</p>`}
<details><summary>The segments of pass ${pass}</summary>${segmentTable(pass, rows, ofSegment)}</details></figure>`;
}

function segmentTable(pass: number, rows: ReturnType<typeof rowsOf>, reads: PassReads['ofSegment']): Html {
  return cards<Row>(
    `The segments of pass ${pass}`,
    [
      { title: 'segment', of: ({ name }) => name },
      ...(reads ? [{ title: 'reads', of: ({ segment }: Row) => reads(segment) }] : []),
      { title: 'state', of: ({ state }) => stateInWords[state] },
      { title: 'begun (UTC)', of: ({ from }) => momentOf(from) },
      { title: 'last work (UTC)', of: ({ to }) => momentOf(to) },
      { title: 'scanned', isNumber: true, of: ({ scanned }) => whole(scanned) },
      { title: 'changed', isNumber: true, of: ({ changed }) => whole(changed) },
      ...(rows.some(({ failed }) => failed > 0) ? [{ title: 'failed', isNumber: true, of: ({ failed }: Row) => whole(failed) }] : []),
    ],
    tellingFirst(rows),
    rows.length > maxInTable
      ? `${maxInTable} of ${whole(rows.length)}: those with failed items first, then those that ended last`
      : undefined,
  );
}

function tellingFirst(rows: ReturnType<typeof rowsOf>): ReturnType<typeof rowsOf> {
  return rows.length <= maxInTable ? rows : rows.toSorted((a, b) => b.failed - a.failed || (b.to ?? 0) - (a.to ?? 0)).slice(0, maxInTable);
}

function momentOf(at: number | undefined): string {
  return at === undefined ? '–' : moment(new Date(at).toISOString());
}
