import { cards } from '../page/cards.ts';
import type { PageSurroundings } from '../page/documentation.ts';
import { followSection } from '../page/follow-section.ts';
import { headline } from '../page/headline.ts';
import { type Html, html } from '../page/html.ts';
import { momentIn } from '../page/local-time.ts';
import { runSections, titleOf } from '../page/page.ts';
import type { RunPicture } from '../page/run-picture.ts';
import type { HistoryDocument } from '../status/history-document.ts';
import type { StatusDocument } from '../status/status-document.ts';
import { holdInWords } from '../terminal/hold-shown.ts';
import { duration, holdersInWords, moment, versions, whole } from '../terminal/in-words.ts';
import { controls } from './controls.ts';
import { keyOf, type ShownTable } from './shown-table.ts';

/** Where the page is served, and what it may do. */
export interface DashboardPlace extends PageSurroundings {
  /** `/<token>/` */
  base: string;
  isReadOnly: boolean;
}

/** A table, and when the oldest part of what is shown of it was read (ISO 8601). */
interface ReadTable {
  shown: ShownTable;
  readAt: string | undefined;
}

/** A table as it was last read; undefined before. */
export interface TableView extends ReadTable {
  status: StatusDocument | undefined;
}

interface Content {
  /** `service/table` of the table that it is about. */
  open?: string;
  /** The browser asks for what changes. */
  isLive?: boolean;
  /** What is replaced then. */
  live: Html;
  beside?: Html;
}

/** The whole page. */
export function shell(place: DashboardPlace, title: string, { open, isLive = false, live, beside }: Content): string {
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<title>${title} – dynamodt</title><link rel="stylesheet" href="${place.base}dashboard.css"><script src="${place.base}dashboard.js" defer></script></head>
<body data-base="${place.base}"${isLive && html` data-live="yes"`}${open !== undefined && html` data-open="${open}"`}><a class="skip unseen" href="#live">Skip to the content</a><main>
<nav aria-label="Pages"><a href="${place.base}">All tables</a>${place.isReadOnly && html` <span class="quiet">read-only</span>`}</nav>
<header><h1>${title}</h1></header><p id="said" role="status" aria-live="polite"></p>
${beside}<div id="live" tabindex="-1">${live}</div>
</main></body></html>`.text
  }\n`;
}

/** All tables, one row each. */
export function overview(place: DashboardPlace, views: readonly TableView[]): Html {
  if (views.length === 0) return html`<section><p>The deployed service has no transformations.</p></section>`;
  const isOfMany = new Set(views.map(({ shown: { service } }) => service)).size > 1;
  const rows = cards<TableView>(
    'All tables',
    [
      { title: 'table', of: ({ shown }) => html`<a href="${addressOf(place, shown)}">${shown.table}</a>` },
      ...(isOfMany ? [{ title: 'service', isName: true, of: ({ shown }: TableView) => shown.service }] : []),
      { title: 'run', of: ({ status }) => runInWords(status) },
      { title: 'status', of: ({ status }) => standing(status) },
      { title: 'applied', of: ({ status }) => (status && !status.error ? versions(status.applied) : '–') },
      { title: 'pending', of: ({ status }) => (status && !status.error ? pendingInWords(status) : '–') },
      { title: 'read', of: ({ readAt }) => ageOf(readAt) ?? '–' },
    ],
    views,
  );
  return html`<section aria-label="All tables">${rows}</section>`;
}

/** When something was read. The script of the page says how long ago that is. */
function ageOf(readAt: string | undefined): Html | undefined {
  return readAt === undefined ? undefined : html`<time class="age" datetime="${readAt}">${moment(readAt)} UTC</time>`;
}

function runInWords(status: StatusDocument | undefined): string {
  if (!status) return 'is being read';
  const { run } = status;
  if (!run) return '–';
  return `${run.prepareOnly ? 'prepare' : run.direction} ${versions(run.sequences)}${run.dryRun ? ' (dry run)' : ''}, ${moment(run.startedAt)} UTC`;
}

function standing(status: StatusDocument | undefined): Html | string {
  if (status?.error) return html`<span class="status alert">✗ ${status.error.name}</span>`;
  const run = status?.run;
  if (!status || !run) return status?.starting ? '◷ starting' : '–';
  if (run.status === 'succeeded') return html`<span class="status good">✓ succeeded</span>`;
  if (run.status === 'stopped') return html`<span class="status rest">■ stopped</span>`;
  if (run.status !== 'running') return html`<span class="status alert">✗ ${run.status}</span>${run.error && html` ${run.error.name}`}`;
  const percent = Math.floor(100 * Math.min(1, run.progress?.share ?? 0));
  const left = run.progress?.secondsLeft;
  const word = status.paused
    ? html`<span class="status rest">‖ paused</span> ${holdersInWords(status.paused)} UTC`
    : status.waiting || status.waitsFor
      ? html`<span class="status rest">◷ waiting</span>`
      : html`<span class="status">▸ running</span>`;
  return html`${word} ${percent}%${left !== undefined && html`, ETA ${duration(left * 1000)}`}<svg height="6" width="100%" aria-hidden="true"><rect class="track" width="100%" height="6"/><rect class="bar first" width="${percent}%" height="6"/></svg>`;
}

function pendingInWords({ pending, noTable, hold }: StatusDocument): string {
  if (noTable) return 'no table here';
  return `${versions(pending)}${hold && hold.sequences.length > 0 ? `; ${versions(hold.sequences)} held` : ''}`;
}

/** What changes of the page of a table while it is open. */
export function tableSections(
  place: DashboardPlace,
  { shown, readAt }: ReadTable,
  status: StatusDocument,
  picture: RunPicture | undefined,
): Html {
  const notes = [
    ...(status.hold ? [`${holdInWords(status.hold)}.`] : []),
    ...(status.error ? [`${status.error.name}: ${status.error.message}`] : []),
    ...(status.starting ? ['A run is starting: it tries the files on a sample.'] : []),
    ...(status.warnings ?? []).filter(({ acknowledged }) => !acknowledged).map(({ message }) => message),
  ];
  const age = ageOf(readAt);
  // Of a table whose records cannot be read, nothing else is known.
  const noRun =
    !status.error && html`<section><p>The table has had no run yet: <code>dynamodt up ${status.table}</code> starts one.</p></section>`;
  return html`${!status.error && html`<p>applied: ${versions(status.applied)} · pending: ${pendingInWords(status)}</p>`}
${age && html`<p class="quiet">The oldest part of this page was read ${age}: the ledger gets one request a second, for all windows.</p>`}
${notes.length > 0 && html`<section><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></section>`}
${status.follow && followSection(status.table, status.follow)}
${picture ? html`<h2>${titleOf(picture)}</h2>${headline(picture)}${failedLinks(place, shown, picture)}${runSections(picture, place)}` : noRun}`;
}

export function tablePage(
  place: DashboardPlace,
  table: ReadTable,
  read: { status: StatusDocument; picture: RunPicture | undefined; history: HistoryDocument },
): string {
  const { shown } = table;
  return shell(place, shown.table, {
    open: keyOf(shown),
    isLive: true,
    live: tableSections(place, table, read.status, read.picture),
    beside: html`${!place.isReadOnly && controls(shown, read.status)}<details><summary>Versions and runs</summary><div id="history">${historySection(place, shown, read.history)}</div></details>`,
  });
}

function historySection(place: DashboardPlace, shown: ShownTable, { versions: known, runs }: HistoryDocument): Html {
  const address = addressOf(place, shown);
  const ofVersions = cards<HistoryDocument['versions'][number]>(
    'Versions',
    [
      { title: 'version', of: ({ sequence }) => `v${sequence}` },
      { title: 'state', of: ({ state }) => state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) },
      { title: 'since', of: ({ at }) => momentIn(place.timeZone, at) },
      { title: 'changed', isNumber: true, of: ({ counters }) => (counters ? whole(counters.changed) : '–') },
      { title: 'changes', of: ({ sequence }) => html`<a href="${address}/changes/${sequence}">items of v${sequence}</a>` },
    ],
    known,
  );
  const ofRuns = cards<HistoryDocument['runs'][number]>(
    'Runs, newest first',
    [
      { title: 'run', of: ({ run }) => html`<a href="${address}/runs/${encodeURIComponent(run)}">${run}</a>` },
      {
        title: 'what',
        of: ({ direction, dryRun, prepareOnly, sequences }) =>
          `${prepareOnly ? 'prepare' : direction} ${versions(sequences)}${dryRun ? ' (dry run)' : ''}`,
      },
      { title: 'status', of: ({ status, paused }) => (paused && status === 'running' ? 'paused' : status) },
      { title: 'started', of: ({ startedAt }) => momentIn(place.timeZone, startedAt) },
      { title: 'changed', isNumber: true, of: ({ counters }) => whole(counters.changed) },
      { title: 'failed', isNumber: true, of: ({ counters }) => whole(counters.failed) },
      { title: 'error', isName: true, of: ({ error }) => error?.name ?? '–' },
    ],
    runs,
  );
  return html`<section><h2>Versions</h2>${ofVersions}<h2>Runs, newest first</h2>${ofRuns}</section>`;
}

/** One run, as it is now. */
export function runPage(place: DashboardPlace, shown: ShownTable, picture: RunPicture): string {
  const address = addressOf(place, shown);
  const about = `${address}/runs/${encodeURIComponent(picture.run.id)}`;
  const keys = picture.withKeys
    ? html`<a href="${about}">Without the keys of failed items</a>`
    : html`<a href="${about}?keys=1">With the keys of failed items</a>`;
  const links = html`<p><a href="${address}">${shown.table} now</a>${picture.failures.length > 0 && html` · ${keys}`}</p>`;
  return shell(place, titleOf(picture), {
    live: html`${headline(picture)}${links}${failedLinks(place, shown, picture)}${runSections(picture, place)}${picture.follow && followSection(shown.table, picture.follow)}`,
  });
}

/** Leads to all failed items of the run, by version. The run's own section has some of each segment. */
function failedLinks(place: DashboardPlace, shown: ShownTable, { run, counters }: RunPicture): Html | undefined {
  if (counters.failed === 0) return undefined;
  const about = `${addressOf(place, shown)}/failed/${encodeURIComponent(run.id)}`;
  return html`<p>${run.steps.map(({ sequence }, index) => html`${index > 0 && ' · '}<a href="${about}/${sequence}">All failed items of v${sequence}</a>`)}</p>`;
}

/** A page that says why there is nothing to show. */
export function problemPage(place: DashboardPlace, name: string, message: string): string {
  return shell(place, name, { live: html`<section class="error"><p>${message}</p></section>` });
}

export function addressOf({ base }: DashboardPlace, { service, table }: ShownTable): string {
  return `${base}t/${encodeURIComponent(service)}/${encodeURIComponent(table)}`;
}
