import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeployedService } from '../../../aws/operator/deployed-service.ts';
import type { Observation } from '../../../cli/progress/observe-run.ts';
import { RunProgress } from '../../../cli/run/run-progress.ts';
import { LiveDisplay } from '../../../cli/terminal/live-display.ts';
import { Output } from '../../../cli/terminal/output.ts';
import type { Checkpoint } from '../../../core/ledger/checkpoint.ts';
import type { Pace } from '../../../core/ledger/pace.ts';
import { packageRoot } from '../../../infra/package-root.ts';
import { type ControlFields, withFields } from '../../support/control-record.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { MemoryTerminal } from '../../support/memory-terminal.ts';
import { aCheckpoint, aControl, aRun } from '../../support/run-records.ts';

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('TERM', 'xterm-256color');
});
afterEach(() => vi.unstubAllEnvs());

const asked = { table: 'Users', direction: 'up', dryRun: false, prepareOnly: false } as const;
const itemCount = 1000;
const service = { tables: { itemCount: async () => itemCount } } as unknown as DeployedService;

function pace(writeUnits: number, limit: Pace['limit'] = 'none'): Pace {
  return { at: Date.now(), readUnits: 2, writeUnits, limit };
}

/** Five moments of a run over 8 segments, four seconds apart: at its start, under way, throttled with a failure, paused, and nearly done. */
function observed(checkpoints: Checkpoint[], control: ControlFields = {}): Observation {
  return {
    run: aRun({ totalSegments: 8 }),
    control: withFields(aControl({ totalSegments: 8, pass: 1, budget: { writeUnits: 500, readUnits: 250 } }), control),
    checkpoints,
  };
}

const underWay = observed([
  aCheckpoint(0, true, { scanned: 120, changed: 100 }),
  { ...aCheckpoint(5, false, { scanned: 80, changed: 60 }), pace: pace(120) },
]);
const throttled = observed([
  aCheckpoint(0, true, { scanned: 120, changed: 100 }),
  aCheckpoint(2, true, { scanned: 100, changed: 90, failed: 2 }),
  { ...aCheckpoint(5, false, { scanned: 180, changed: 160, throttled: 7, contended: 1 }), pace: pace(60, 'throttling') },
]);
const paused = observed(throttled.checkpoints as Checkpoint[], {
  marks: { paused: { by: 'alarm:Errors', since: '2026-01-02T10:00:04.000Z' } },
});
const nearlyDone = observed([0, 1, 2, 3, 4, 5, 6].map((segment) => aCheckpoint(segment, true, { scanned: 120, changed: 110 })));

/** Shows one after the other, four seconds apart. @returns the screen after each */
async function watch(columns: number, sights: readonly Parameters<RunProgress['show']>[0][]) {
  const terminal = new MemoryTerminal(columns);
  const output = new Output({ stdout: terminal, stderr: new MemoryTerminal(columns), json: false });
  let now = 0;
  const progress = new RunProgress({ output, service }, asked, new AbortController().signal, () => now);
  output.say('started');
  const screens: string[][] = [];
  for (const sight of sights) {
    progress.show(sight);
    await Promise.resolve();
    screens.push(terminal.screen);
    now += 4000;
  }
  return { terminal, output, screens, progress };
}

describe('a run that is followed on a terminal', () => {
  it('shows where it is, what it does, and a mark for each segment, frame by frame in the same place', async () => {
    const { screens } = await watch(100, ['starting', observed([]), underWay, throttled, paused, nearlyDone, 'unreachable']);
    expect(screens).toEqual([
      ['started', 'Users up  starting: trying a sample of the table'],
      ['started', 'Users up  v2  pass 1  0%  segments 0/8  0 items  elapsed 4s', '0 changed  0 conflicts  0 failed', '········'],
      [
        'started',
        'Users up  v2  pass 1  20%  segments 1/8  200 items  50/s  elapsed 8s  ETA 16s',
        '160 changed  0 conflicts  0 failed  120 of 500 WCU/s  2 of 250 RCU/s',
        '█····▒··',
      ],
      [
        'started',
        'Users up  v2  pass 1  40%  segments 2/8  400 items  50/s  elapsed 12s  ETA 12s',
        '350 changed  1 conflicts  2 failed  7 throttled  60 of 500 WCU/s  slowed by throttling',
        '█·✗··▒··',
      ],
      ['started', 'Users up  paused by alarm:Errors since 2026-01-02 10:00:04', '█·✗··▒··'],
      [
        'started',
        'Users up  v2  pass 1  84%  segments 7/8  840 items  55/s  elapsed 20s  ETA 3s',
        '770 changed  0 conflicts  0 failed',
        '███████·',
      ],
      ['started', 'Users up  AWS does not answer, trying again; the run continues'],
    ]);
  });

  it('is drawn as docs/watching-a-run.md shows it', async () => {
    const page = readFileSync(join(packageRoot, 'docs/watching-a-run.md'), 'utf8');
    const shown = [...page.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line).slice(0, 3);
    const { screens } = await watch(120, ['starting', observed([]), underWay, throttled]);
    expect(shown).toEqual(screens.at(-1)?.slice(1));
  });

  it('leaves nothing behind when it ends or is interrupted', async () => {
    const { terminal, output } = await watch(100, [underWay, throttled]);
    output.endProgress();
    output.say('No longer following.');
    expect(terminal.screen).toEqual(['started', 'No longer following.']);
  });

  it('never blanks a line before it is drawn again: one write a frame, over what stands there', async () => {
    const { terminal } = await watch(100, [underWay, throttled, nearlyDone]);
    const frames = terminal.writes.slice(1);
    expect(frames).toHaveLength(3);
    for (const frame of frames) expect(frame).not.toContain('\x1b[2K');
    for (const frame of frames.slice(1)) expect(frame.startsWith('\r\x1b[2AUsers up')).toBe(true);
  });

  it.each([99, 60, 40, 21, 10])('survives a terminal that is made %i columns wide meanwhile', async (columns) => {
    const { terminal, output, progress } = await watch(100, [underWay]);
    terminal.resize(columns);
    progress.show(throttled);
    expect(terminal.screen).toHaveLength(4);
    expect(terminal.screen[0]).toBe('started');
    expect(terminal.screen.at(-1)).toBe('█·✗··▒··');
    output.endProgress();
    expect(terminal.screen).toEqual(['started']);
  });

  it('has no more lines than the terminal', () => {
    const terminal = new MemoryTerminal(40);
    terminal.rows = 3;
    new LiveDisplay(terminal).show(() => ['1', '2', '3', '4']);
    expect(terminal.screen).toEqual(['1', '2']);
  });

  it('has colours where they are wanted, and never says anything by colour alone', async () => {
    const plain = await watch(100, [throttled]);
    vi.stubEnv('NO_COLOR', '');
    const coloured = await watch(100, [throttled]);
    expect(coloured.terminal.writes.at(-1)).toContain('\x1b[31m✗\x1b[39m');
    expect(plain.terminal.writes.at(-1)).not.toContain('\x1b[3');
    expect(coloured.screens).toEqual(plain.screens);
  });
});

describe('a run that is followed elsewhere', () => {
  it.each([
    ['is not a terminal', false, 'xterm'],
    ['is a dumb one', true, 'dumb'],
  ])('is one whole line every few seconds where the output %s', async (_, isTTY, term) => {
    vi.stubEnv('TERM', term);
    vi.stubEnv('NO_COLOR', '');
    const stdout = new MemoryStream(isTTY);
    const output = new Output({ stdout, stderr: new MemoryStream(), json: false });
    const progress = new RunProgress({ output, service }, asked, new AbortController().signal);
    progress.show(throttled);
    progress.show(throttled);
    output.endProgress();
    expect(stdout.text).toBe(
      'Users up  v2  pass 1  25%  segments 2/8  400 items  350 changed  1 conflicts  2 failed  7 throttled  60 of 500 WCU/s  2 of 250 RCU/s  slowed by throttling  elapsed 0s\n',
    );
  });
});

describe('the map of more segments than columns', () => {
  it('groups neighbours, and never hides a failure', async () => {
    const many = observed(
      Array.from({ length: 500 }, (_, segment) => aCheckpoint(segment, true, segment === 333 ? { failed: 1 } : {})),
      { totalSegments: 1000 },
    );
    const { screens } = await watch(51, [many]);
    expect(screens[0]?.at(-1)).toBe(`${'█'.repeat(16)}✗${'█'.repeat(8)}${'·'.repeat(25)}`);
  });
});
