import { duration, versions, whole } from '../terminal/in-words.ts';
import { docLink, type PageSurroundings } from './documentation.ts';
import { type Html, html } from './html.ts';
import { momentIn } from './local-time.ts';
import type { RunPicture } from './run-picture.ts';

/** How far a run is that is under way: a bar, the part of the present pass, the size of the table, and when the pass ends. */
export function progressSection({ run, control, underWay, at }: RunPicture, surroundings: PageSurroundings): Html | undefined {
  const progress = underWay?.progress;
  if (!progress || run.prepareOnly) return undefined;
  const { sequence, together = [], pass, share, segmentsDone, totalSegments, scanned, itemsPerSecond, secondsLeft } = progress;
  const percent = Math.floor(100 * Math.min(1, share));
  const { itemCount } = underWay;
  const size = itemCount !== undefined && itemCount >= scanned ? ` of about ${whole(itemCount)} in the table` : '';
  const parts = [
    `segments ${whole(segmentsDone)} of ${whole(totalSegments)}`,
    `items ${whole(scanned)}${size}`,
    ...(itemsPerSecond ? [`${whole(itemsPerSecond)} items/s`] : []),
  ];
  const eta =
    secondsLeft === undefined
      ? undefined
      : html`<p>ETA of this pass: <strong>${duration(secondsLeft * 1000)}</strong>, ${momentIn(surroundings.timeZone, new Date(Date.parse(at) + secondsLeft * 1000).toISOString())}</p>`;
  return html`<section aria-label="Progress"><p class="progress"><strong>${percent}%</strong> of pass ${pass} of ${versions([sequence, ...together])}${run.steps.length > 1 && html`, version ${run.steps.findIndex((step) => step.sequence === sequence) + 1} of ${run.steps.length}`}</p>
<div role="progressbar" aria-label="Part of this pass that is done" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${percent}"><svg height="16" width="100%" aria-hidden="true"><rect class="track" width="100%" height="16" rx="4"/>${percent > 0 && html`<rect class="bar first" width="${percent}%" height="16" rx="4"/>`}</svg></div>
<p class="quiet">${parts.join(' · ')}</p>${eta}
${control?.marks.paused && html`<p><code>dynamodt resume ${run.table}</code> continues it. ${docLink(surroundings, 'pause-and-slow-down.md', 'Pause and slow down')}.</p>`}</section>`;
}
