import { createHash } from 'node:crypto';
import { parametersOf } from '../../core/ledger/run.ts';
import { parametersInWords } from '../parameters/parameters-text.ts';
import { quietWaitInWords, quietWaitOf } from '../progress/late-requests-text.ts';
import { duration, holdersInWords, moment, versions } from '../terminal/in-words.ts';
import { consoleLink } from './console-link.ts';
import { failureSection } from './failure-section.ts';
import { html, verbatim } from './html.ts';
import { itemSections } from './item-sections.ts';
import { pageStyle } from './page-style.ts';
import type { RunPicture } from './run-picture.ts';
import { segmentSection } from './segment-section.ts';
import { headlineTiles, versionSection } from './summary-section.ts';
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
export function page(picture: RunPicture): string {
  const { run, missing, at } = picture;
  const status = standingOf(picture);
  const title = `${run.table} ${versions(run.steps.map(({ sequence }) => sequence))} ${run.prepareOnly ? 'prepare' : run.direction}${run.dryRun ? ' (dry run)' : ''}`;
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><link rel="icon" href="data:,">
<title>${title}: ${inWords(status)}</title><style>${verbatim(pageStyle)}</style></head><body><main>
<header><h1>${title}</h1><p><span class="status ${toneOf(run.status)}">${signOf(run.status)} ${inWords(status)}</span> ${timesText(picture)}</p></header>
${errorSection(picture)}
<section aria-label="At a glance">${headlineTiles(picture)}${facts(picture)}</section>
${run.prepareOnly ? undefined : [timeSection(picture), segmentSection(picture), itemSections(picture), failureSection(picture), versionSection(picture)]}
${missing.length > 0 && html`<section><h2>What this page cannot show</h2><ul>${missing.map((sentence) => html`<li>${sentence}</li>`)}</ul></section>`}
<footer class="quiet"><p>Drawn by <code>dynamodt status ${run.table} --html</code> on ${moment(at)} UTC, from the ledger. It contains ${picture.withKeys ? 'the keys of failed items, and no other item data' : 'no item data'}.</p></footer>
</main></body></html>`.text
  }\n`;
}

/** A run that rests is paused, and not running. */
function standingOf({ run, control }: RunPicture): string {
  return run.status === 'running' && control?.marks.paused ? 'paused' : run.status;
}

function inWords(status: string): string {
  return status.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function toneOf(status: RunPicture['run']['status']): string {
  return status === 'succeeded' ? 'good' : status === 'running' ? '' : 'alert';
}

function signOf(status: RunPicture['run']['status']): string {
  return status === 'succeeded' ? '✓' : status === 'running' ? '▸' : '✗';
}

function timesText({ run: { startedAt, endedAt, status }, at }: RunPicture): string {
  const until = endedAt ?? (status === 'running' ? at : undefined);
  return until ? `${status === 'running' ? 'for' : 'after'} ${duration(Date.parse(until) - Date.parse(startedAt))}` : '';
}

function errorSection({ run }: RunPicture) {
  const goOn = `dynamodt ${run.prepareOnly ? 'prepare' : run.direction} ${run.table}`;
  if (run.error)
    return html`<section class="error"><h2>✗ ${run.error.name}</h2><p>${withCode(run.error.message)}</p><p class="quiet">node_modules/dynamodt/docs/troubleshooting.md says what each error means and what to do. Finished work stays done; <code>${goOn}</code> continues where the run stopped.</p></section>`;
  if (run.status === 'aborted' || run.status === 'timedOut')
    return html`<section class="error"><h2>✗ The execution ${run.status === 'aborted' ? 'was stopped in Step Functions' : 'timed out'}</h2><p>Finished work stays done: <code>${goOn}</code> continues where the run stopped.</p></section>`;
  return undefined;
}

function facts({ run, control }: RunPicture) {
  const waiting = control && quietWaitOf(control);
  const link = consoleLink(run.execution);
  const name = run.execution.split(':').at(-1) ?? run.execution;
  const rows: [string, ReturnType<typeof html>][] = [
    ['table', html`${run.tableName}`],
    ['run', html`<code>${run.id}</code>`],
    ['execution', link ? html`<a href="${link}">${name}</a>` : html`<code>${name}</code>`],
    ['started', html`${moment(run.startedAt)} UTC`],
    ...Object.entries(parametersOf(run)).map(([sequence, given]): [string, ReturnType<typeof html>] => [
      `parameters of v${sequence}`,
      html`<code>${parametersInWords(given)}</code>`,
    ]),
    ...(run.endedAt ? [['ended', html`${moment(run.endedAt)} UTC`] satisfies [string, ReturnType<typeof html>]] : []),
    ...(control?.marks.paused && run.status === 'running'
      ? [['paused', html`${holdersInWords(control.marks.paused)} UTC`] satisfies [string, ReturnType<typeof html>]]
      : []),
    ...(waiting && run.status === 'running'
      ? [['waits', html`${quietWaitInWords(waiting)}`] satisfies [string, ReturnType<typeof html>]]
      : []),
    ...(control?.marks.stopped
      ? [
          ['stopped', html`by ${control.marks.stopped.by}, ${moment(control.marks.stopped.since)} UTC`] satisfies [
            string,
            ReturnType<typeof html>,
          ],
        ]
      : []),
    [
      'segments',
      html`${control?.totalSegments ?? run.totalSegments}${control && html`, up to ${control.budget.maxConcurrency} at a time`}`,
    ],
  ];
  return html`<dl class="facts">${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}
