import * as z from 'zod';
import { operator } from '../operator.ts';
import { systemClock } from '../system-clock.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

const Options = z.object({ port: z.coerce.number().int().min(0).max(65_535).default(0), readOnly: z.boolean().default(false) });

/** Serves the dashboard on this machine until it is interrupted. */
export const dashboard: Verb = {
  name: 'dashboard',
  summary: 'show all tables, their runs and versions as a page in the browser, on this machine only',
  example: 'dashboard --read-only',
  addOptions: (command) => {
    command
      .option('--port <n>', 'port of the page; by default a free one')
      .option('--read-only', 'show everything, and do nothing: no pause, resume, throttle, stop, hold');
  },
  run: async ({ table, options, service, output }) => {
    if (table !== undefined) throw new UsageError('The dashboard shows all tables: leave out the name of the table.');
    const parsed = Options.safeParse(options);
    if (!parsed.success) throw new UsageError('--port takes a number from 0 to 65535.');
    const { port, readOnly } = parsed.data;
    const [{ serveDashboard }, { sourceOf }] = await Promise.all([
      import('../dashboard/serve-dashboard.ts'),
      import('../dashboard/dashboard-source.ts'),
    ]);
    const source = sourceOf(await service.neighbours(), systemClock);
    // A service that is not there is told at once, and not by a page.
    await source.tables();
    const { url } = await serveDashboard({
      ...{ source, by: operator(), isReadOnly: readOnly, port },
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      now: systemClock.monotonic,
      sleep: systemClock.sleep,
    }).catch((error: unknown) => {
      throw isPortTaken(error) ? new UsageError(`Port ${port} is in use. Name another one, or leave --port out for a free one.`) : error;
    });
    output.document({ url, readOnly });
    output.text([
      `The dashboard is at ${url}`,
      `  Whoever has this address may ${readOnly ? 'see what you may see' : 'do what you may do'}, from this machine. Ctrl-C ends it.`,
    ]);
    return new Promise(() => {});
  },
};

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
