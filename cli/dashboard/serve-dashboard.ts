import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';
import { docsFolder } from '../docs-folder.ts';
import { AskedAction, act } from './act.ts';
import { possibleNow } from './controls.ts';
import { type DashboardPlace, overview, problemPage, runPage, shell, type TableView, tablePage, tableSections } from './dashboard-pages.ts';
import { dashboardScript } from './dashboard-script.ts';
import type { DashboardSource } from './dashboard-source.ts';
import { dashboardStyle } from './dashboard-style.ts';
import { guardRequest } from './guard-request.ts';
import { changesPage, failuresPage } from './item-pages.ts';
import { keyOf, type ShownTable } from './shown-table.ts';
import { TableWatch } from './watch-tables.ts';

export interface DashboardOptions {
  source: DashboardSource;
  /** Who is recorded for what is done. */
  by: string;
  isReadOnly: boolean;
  timeZone: string;
  /** 0 for a free one. */
  port: number;
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export interface Dashboard {
  /** The address with the token: whoever has it may do what the caller may do. */
  url: string;
  close(): Promise<void>;
}

/** Nothing but the server's own files; no other page may frame it, and no address with its token leaves the browser. */
const headersOfAll = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
const maxBody = 4096;

/** What the loop reads of a table. */
interface Seen {
  view: TableView;
  /** Only if its page is open. */
  live: string | undefined;
}

/**
 * Serves the dashboard on the loopback interface, until it is closed.
 *
 * @throws Error EADDRINUSE
 */
export async function serveDashboard(options: DashboardOptions): Promise<Dashboard> {
  const token = randomBytes(24).toString('base64url');
  const { source, isReadOnly, timeZone } = options;
  const base = `/${token}/`;
  const place: DashboardPlace = { base, docs: `${base}docs/`, timeZone, isReadOnly };
  const views = new Map<string, TableView>();
  const watch = new TableWatch<Seen>({
    tables: async () => {
      const tables = await source.tables();
      for (const shown of tables) if (!views.has(keyOf(shown))) views.set(keyOf(shown), { shown, status: undefined, readAt: undefined });
      return tables;
    },
    due: source.due,
    read: async (shown, standing) => {
      await source.refresh(shown, standing);
      const { isOpen } = standing;
      const [status, picture] = await Promise.all([source.status(shown, !isOpen), isOpen ? source.picture(shown) : undefined]);
      const view = { shown, status, readAt: readAt(source, shown) };
      views.set(keyOf(shown), view);
      return { view, live: isOpen ? tableSections(place, view, status, picture).text : undefined };
    },
    isLive: ({ view: { status } }) => status?.run?.status === 'running',
    pauseMs: source.pauseMs,
    now: options.now,
    sleep: options.sleep,
  });
  const context: Context = { ...options, place, views, watch };
  const server = createServer((request, response) => {
    void answer(request, response, { token, port: portOf(server) }, context).catch((error: unknown) =>
      problem(response, context, undefined, error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Context extends DashboardOptions {
  place: DashboardPlace;
  views: Map<string, TableView>;
  watch: TableWatch<Seen>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  own: { token: string; port: number },
  context: Context,
): Promise<void> {
  const { method, url, headers } = request;
  const guarded = guardRequest({ method, url, headers }, own);
  if ('status' in guarded) return send(response, guarded.status, 'text/plain', `${guarded.why}\n`);
  const { path, query } = guarded;
  if (method === 'POST') return path === 'act' ? doAsked(request, response, context) : notFound(response);
  if (path === 'dashboard.js') return send(response, 200, 'text/javascript', dashboardScript);
  if (path === 'dashboard.css') return send(response, 200, 'text/css', dashboardStyle);
  if (path === 'events') return stream(request, response, query.get('open') ?? undefined, context);
  const [, doc] = /^docs\/([a-z0-9-]+\.md)$/.exec(path) ?? [];
  if (doc !== undefined) return sendDoc(response, doc);
  return sendPage(response, path.split('/').map(decodeURIComponent), query.has('keys'), context);
}

async function sendPage(response: ServerResponse, path: readonly string[], withKeys: boolean, context: Context): Promise<void> {
  const { place, source, views } = context;
  const [kind = '', service = '', table = '', part, id = '', sequence = ''] = path;
  if (kind === '') {
    for (const shown of await source.tables())
      if (!views.has(keyOf(shown))) views.set(keyOf(shown), { shown, status: undefined, readAt: undefined });
    return sendHtml(response, shell(place, 'Tables', { isLive: true, live: overview(place, [...views.values()]) }));
  }
  const shown = (await source.tables()).find((known) => known.service === service && known.table === table);
  if (kind !== 't' || !shown) return notFound(response);
  try {
    if (part === 'runs') {
      return sendHtml(response, runPage(place, shown, await source.pictureOf(shown, { id, withKeys })));
    }
    if (part === 'changes' && /^[1-9]\d*$/.test(id))
      return sendHtml(response, changesPage(place, shown, Number(id), await source.changes(shown, Number(id))));
    if (part === 'failed' && /^[1-9]\d*$/.test(sequence))
      return sendHtml(
        response,
        failuresPage(place, shown, { run: id, sequence: Number(sequence) }, await source.failures(shown, id, Number(sequence))),
      );
    if (part !== undefined) return notFound(response);
    source.open(shown);
    const [status, picture, history] = await Promise.all([source.status(shown, false), source.picture(shown), source.history(shown)]);
    return sendHtml(response, tablePage(place, { shown, readAt: readAt(source, shown) }, { status, picture, history }));
  } catch (error) {
    return problem(response, context, shown, error);
  }
}

/** When the oldest part of what is shown of a table was read, ISO 8601. */
function readAt(source: DashboardSource, shown: ShownTable): string | undefined {
  const ageMs = source.ageMs(shown);
  return ageMs === undefined ? undefined : new Date(Date.now() - ageMs).toISOString();
}

/** Sends what the loop reads, until the reader leaves. */
function stream(
  request: IncomingMessage,
  response: ServerResponse,
  open: string | undefined,
  { watch, views, place, source }: Context,
): void {
  response.writeHead(200, { ...headersOfAll, 'content-type': 'text/event-stream' });
  const event = (name: string, data: unknown) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  response.write(':\n\n');
  const end = watch.watch({
    open,
    seen: (key, { view, live }) => {
      if (open === undefined) event('view', { html: overview(place, [...views.values()]).text });
      else if (key === open && live !== undefined && view.status) event('view', { html: live, possible: possibleNow(view.status) });
    },
    failed: (error) =>
      void source
        .explained(open?.split('/')[0], error)
        .then((explained) => event('problem', { message: inWords(explained).message }))
        .catch(() => {}),
  });
  request.once('close', end);
}

async function doAsked(request: IncomingMessage, response: ServerResponse, { source, by, isReadOnly }: Context): Promise<void> {
  const json = (status: number, document: object): void => send(response, status, 'application/json', JSON.stringify(document));
  if (isReadOnly)
    return json(403, { error: { name: 'ReadOnly', message: 'The dashboard was started with --read-only: nothing can be done from it.' } });
  const asked = AskedAction.safeParse(await bodyOf(request));
  if (!asked.success) return json(400, { error: { name: 'InvalidInput', message: z.prettifyError(asked.error) } });
  const { service, table } = asked.data;
  try {
    if (!(await source.tables()).some((known) => known.service === service && known.table === table)) return notFound(response);
    return json(200, { text: await act(asked.data, source, by, new Date().toISOString()) });
  } catch (error) {
    return json(409, { error: inWords(await source.explained(service, error)) });
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBody) return undefined;
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

async function sendDoc(response: ServerResponse, name: string): Promise<void> {
  const text = await readFile(join(docsFolder, name), 'utf8').catch(() => undefined);
  return text === undefined ? notFound(response) : send(response, 200, 'text/plain', text);
}

async function problem(response: ServerResponse, { source, place }: Context, shown: ShownTable | undefined, error: unknown): Promise<void> {
  const { name, message } = inWords(await source.explained(shown?.service, error).catch(() => error));
  if (!response.headersSent) sendHtml(response, problemPage(place, name, message), 500);
}

function inWords(error: unknown): { name: string; message: string } {
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
}

function notFound(response: ServerResponse): void {
  send(response, 404, 'text/plain', 'There is no such page.\n');
}

function sendHtml(response: ServerResponse, text: string, status = 200): void {
  send(response, status, 'text/html', text);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...headersOfAll, 'content-type': `${type}; charset=utf-8` }).end(text);
}

function portOf(server: Server): number {
  const address = server.address();
  return address && typeof address === 'object' ? address.port : 0;
}
