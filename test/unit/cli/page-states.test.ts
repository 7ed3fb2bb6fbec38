import { describe, expect, it } from 'vitest';
import { page } from '../../../cli/page/page.ts';
import { eventsOfRun } from '../../../cli/page/run-events.ts';
import { pageStates } from '../../cli/page-states.ts';
import { runOf } from '../../support/control-record.ts';

/** The page of a run, seen from a machine in Berlin. */
function drawn(state: string): string {
  const picture = pageStates[state];
  if (!picture) throw new Error(`there is no state ${state}`);
  return page(picture(), { docs: 'docs/', timeZone: 'Europe/Berlin' });
}

describe('the page of a run', () => {
  it('says how far it is and when the pass ends, while it runs', () => {
    const text = drawn('running');
    expect(text).toMatch(/role="progressbar"[^>]*aria-valuenow="65"/);
    expect(text).toContain('items 65,887 of about 100,000 in the table');
    expect(text).toContain('ETA of this pass: <strong>2m 4s</strong>, 2026-01-02 10:06:04 UTC, 11:06:04 in Europe/Berlin');
  });

  it('says who paused it, and gives neither rate nor ETA', () => {
    const text = drawn('paused');
    expect(text).toContain('‖ paused</span> by user:ann since 2026-01-02 10:03:00 UTC, for 4m 0s');
    expect(text).not.toContain('ETA of this pass');
    expect(text).not.toContain('▸ running');
  });

  it('is no alarm if somebody stopped it', () => {
    const picture = pageStates['paused']?.();
    if (!picture) throw new Error('there is no such state');
    const run = { ...picture.run, status: 'stopped' as const, error: { name: 'Stopped', message: 'by user:ann' } };
    const text = page({ ...picture, run, underWay: undefined });
    expect(text).toContain('<span class="status rest">■ stopped</span>');
    expect(text).not.toContain('class="error"');
  });

  it('says that it waits, and for what', () => {
    const picture = pageStates['running']?.();
    if (!picture?.underWay) throw new Error('the run is under way');
    const waits = ['tries again since 2026-01-02 10:00:00 UTC: AwsUnavailable no answer'];
    expect(page({ ...picture, underWay: { ...picture.underWay, waits } })).toContain(
      '◷ waiting</span> for 4m 0s; tries again since 2026-01-02 10:00:00 UTC: AwsUnavailable no answer',
    );
  });

  it('shows what following did until now, and its curve, if the table is followed', () => {
    const picture = pageStates['running']?.();
    if (!picture) throw new Error('there is no such state');
    expect(page(picture)).not.toContain('Following');
    const hours = [
      { hour: '2026-01-02T09', changed: 40 },
      { hour: '2026-01-02T10', changed: 10 },
    ];
    const version = { sequence: 3, lastHour: 50, lastDay: 50, total: 50, failed: 0, lastAt: '2026-01-02T10:00:00.000Z' };
    const written = { ...version, writers: [{ writer: 'batch', changed: 50, lastAt: version.lastAt }] };
    const follow = { state: 'on' as const, since: version.lastAt, following: [3], notFollowed: [], versions: [written], failed: 0, hours };

    const text = page({ ...picture, follow });

    expect(text).toMatch(/<h2>Following<\/h2>[\s\S]*v3 +50 +50 +50 .*batch.* \(50\)/);
    expect(text).toMatch(/>2026-01-02 09:00<[\s\S]*width="100.00%"[\s\S]*>2026-01-02 10:00<[\s\S]*width="25.00%"/);
  });

  it('has the failures right under the headline of a failed run, with the key as the first column', () => {
    const text = drawn('failed');
    const places = ['ItemsFailed', '<h2>Failures</h2>', 'aria-label="At a glance"', '<h2>Over time</h2>'].map((words) =>
      text.indexOf(words),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(text).toMatch(/<thead><tr><th scope="col">key<\/th>/);
  });

  it('draws only the failed share of a segment red', () => {
    const text = drawn('failed');
    const red = [...text.matchAll(/class="segment failedShare"[^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    // Three segments, each drawn wide and narrow.
    expect(red).toHaveLength(6);
    expect(Math.max(...red)).toBeLessThan(4);
  });

  it('marks what was done to the run on the time axis, with the budget in steps', () => {
    const text = drawn('succeeded');
    for (const name of ['throttled', 'paused', 'resumed']) expect(text).toMatch(new RegExp(`class="event-name"[^>]*>${name}<`));
    expect(text).toContain('900 → 400 write units/s, by user:ann');
    // Level, down to the new limit, level.
    expect(text).toMatch(/<path class="limit" d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+M[\d.]+ [\d.]+L[\d.]+ [\d.]+"/);
  });

  it('says nothing about what did not happen', () => {
    const text = drawn('dry run');
    expect(text).not.toMatch(/No item failed|Nothing was throttled|<h3>Write capacity|>failed<|contended|failed items|>write units</);
    expect(text).toContain('it would change');
  });

  it('says who started the run, and why', () => {
    const text = drawn('running');
    expect(text).toContain('in Europe/Berlin, by arn:aws:sts::123456789012:assumed-role/Operator/ann<');
    expect(text).toContain('<dt>reason</dt><dd>first and last name for the new checkout, SHOP-4711</dd>');
  });

  it('links to the documentation, and has the checksum of the code', () => {
    expect(drawn('failed')).toContain('<a href="docs/troubleshooting.md">');
    expect(drawn('succeeded')).toContain('Users/v3_split_name.ts <code>1:5f0c1b7a9e3d</code>');
  });
});

describe('the events of a run', () => {
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 2, 10, minute)).toISOString();
  const [first, second] = [runOf(), runOf({ part: 2, partStartedAt: at(9), redriveCount: 1 })];

  it('are how its earlier parts ended, and by what the next one began', () => {
    const aborted = { ...first, part: 1, status: 'aborted' as const, endedAt: at(5) };
    const step = { sequence: 3, checksum: 'other', prepares: false };
    expect(eventsOfRun({ ...second, steps: [step] }, [], [aborted]).map(({ name }) => name)).toEqual(['aborted', 'redrive', 'new code']);
    expect(eventsOfRun({ ...second, execution: 'arn:e2' }, [], [aborted]).map(({ name }) => name)).toEqual(['aborted', 'continued']);
  });

  it('have a stop once, though the run failed of it', () => {
    const stopped = { ...first, part: 1, status: 'failed' as const, endedAt: at(5), error: { name: 'Stopped', message: '' } };
    const events = eventsOfRun(second, [{ kind: 'stopped', at: at(4), by: 'user:ann' }], [stopped]);
    expect(events.map(({ name }) => name)).toEqual(['stopped', 'redrive']);
  });
});
