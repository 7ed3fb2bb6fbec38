import { createHash } from 'node:crypto';
import { parametersOf } from '../../core/ledger/run.ts';
import { howToGoOn } from '../../core/run/run-commands.ts';
import { parametersInWords } from '../parameters/parameters-text.ts';
import { duration, versions } from '../terminal/in-words.ts';
import { sweptTogether, togetherInWords } from '../terminal/swept-together.ts';
import { billSection } from './bill-section.ts';
import { consoleLink } from './console-link.ts';
import { docLink, ofProject, type PageSurroundings } from './documentation.ts';
import { failureSection } from './failure-section.ts';
import { followSection } from './follow-section.ts';
import { headline, standingOf } from './headline.ts';
import { type Html, html, verbatim } from './html.ts';
import { itemSections } from './item-sections.ts';
import { momentIn } from './local-time.ts';
import { pageStyle } from './page-style.ts';
import { progressSection } from './progress-section.ts';
import type { RunPicture } from './run-picture.ts';
import { segmentSection } from './segment-section.ts';
import { headlineTiles, timelineOf, versionSection } from './summary-section.ts';
import { timeSection } from './time-section.ts';
import { withCode } from './with-code.ts';

/** The policy permits only the page's own style and its empty icon: even markup inside a name or a message could load nothing. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A run as one self-contained HTML page: no script, no font, no network. */
export function page(picture: RunPicture, surroundings: PageSurroundings = ofProject): string {
  const { run, at } = picture;
  const title = titleOf(picture);
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><link rel="icon" href="data:,">
<title>${title}: ${standingOf(picture).word}</title><style>${verbatim(pageStyle)}</style></head><body><main>
<header><h1>${title}</h1>${headline(picture)}</header>
${runSections(picture, surroundings)}${picture.follow && followSection(run.table, picture.follow)}
<footer class="quiet"><p>Drawn by <code>dynamodt status ${run.table} --html</code> on ${momentIn(surroundings.timeZone, at)}, from the ledger. It contains ${picture.withKeys && picture.failures.length > 0 ? 'the keys of failed items, and no other item data' : 'no item data'}. ${docLink(surroundings, 'watching-a-run.md', 'What the pictures show')}.</p></footer>
</main></body></html>`.text
  }\n`;
}

/** `Users v1, v2 up (dry run)` */
export function titleOf({ run }: Pick<RunPicture, 'run'>): string {
  return `${run.table} ${versions(run.steps.map(({ sequence }) => sequence))} ${run.prepareOnly ? 'prepare' : run.direction}${run.dryRun ? ' (dry run)' : ''}`;
}

/** All that is to be seen of a run, below its headline: how far it is, or why it failed, comes first. */
export function runSections(picture: RunPicture, surroundings: PageSurroundings): Html {
  const { run, missing } = picture;
  const failures = run.prepareOnly ? undefined : failureSection(picture);
  const isFailed = standingOf(picture).tone === 'alert';
  return html`${progressSection(picture, surroundings)}${errorSection(picture, surroundings)}${isFailed && failures}
<section aria-label="At a glance">${headlineTiles(picture)}${facts(picture, surroundings)}</section>
${run.prepareOnly ? undefined : [timeSection(picture, surroundings), segmentSection(picture), itemSections(picture, surroundings), isFailed ? undefined : failures, versionSection(picture), billSection(picture, surroundings)]}
${missing.length > 0 && html`<section><h2>What this page cannot show</h2><ul>${missing.map((sentence) => html`<li>${sentence}</li>`)}</ul></section>`}`;
}

function errorSection({ run }: RunPicture, surroundings: PageSurroundings): Html | undefined {
  const isStopped = run.status === 'stopped';
  const goOn = withCode(howToGoOn(run));
  if (run.error)
    return html`<section${!isStopped && html` class="error"`}><h2>${isStopped ? '■' : '✗'} ${run.error.name}</h2><p>${withCode(run.error.message)}</p><p class="quiet">${goOn} ${docLink(surroundings, 'troubleshooting.md', 'What each error means and what to do')}.</p></section>`;
  if (run.status === 'aborted' || run.status === 'timedOut')
    return html`<section class="error"><h2>✗ The execution ${run.status === 'aborted' ? 'was stopped in Step Functions' : 'timed out'}</h2><p>${goOn} ${docLink(surroundings, 'a-run-failed.md', 'What to do')}.</p></section>`;
  return undefined;
}

function facts(picture: RunPicture, { timeZone }: PageSurroundings): Html {
  const { run, control } = picture;
  const link = consoleLink(run.execution);
  const name = run.execution.split(':').at(-1) ?? run.execution;
  const { stopped } = control?.marks ?? {};
  const how = togetherInWords(sweptTogether(run));
  const timeline = timelineOf(picture);
  const workedMs = (timeline?.buckets.length ?? 0) * (timeline?.widthMs ?? 0);
  const rows: [string, Html | false | undefined][] = [
    ['table', html`${run.tableName}`],
    ['run', html`<code>${run.id}</code>`],
    ['execution', link ? html`<a href="${link}">${name}</a>` : html`<code>${name}</code>`],
    ['started', html`${momentIn(timeZone, run.startedAt)}${run.startedBy !== undefined && html`, by ${run.startedBy}`}`],
    ['reason', run.reason !== undefined && html`${run.reason}`],
    ['ended', run.endedAt !== undefined && html`${momentIn(timeZone, run.endedAt)}`],
    ['at work', workedMs > 0 && html`${duration(workedMs)}`],
    ['stopped', stopped && html`by ${stopped.by}, ${momentIn(timeZone, stopped.since)}`],
    ...run.steps.map(({ sequence, checksum, file }): [string, Html] => [
      `code of v${sequence}`,
      html`${file !== undefined && html`${file} `}<code>${checksum}</code>`,
    ]),
    ...Object.entries(parametersOf(run)).map(([sequence, given]): [string, Html] => [
      `parameters of v${sequence}`,
      html`<code>${parametersInWords(given)}</code>`,
    ]),
    ['versions', how !== undefined && html`${how}`],
    ['segments', html`${control?.totalSegments ?? run.totalSegments}${control && html`, up to ${control.budget.workers} at a time`}`],
  ];
  return html`<dl class="facts">${rows.map(([term, value]) => value && html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}
