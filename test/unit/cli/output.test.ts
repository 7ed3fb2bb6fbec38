import { describe, expect, it, vi } from 'vitest';
import { LiveDisplay } from '../../../cli/terminal/live-display.ts';
import { Output } from '../../../cli/terminal/output.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

describe('the live display', () => {
  it('is its first line every five seconds where there is no terminal', () => {
    const stream = new MemoryStream(false);
    let now = 0;
    const display = new LiveDisplay(stream, () => now);
    for (; now < 10_001; now += 500) display.show(() => [`at ${now}`, 'more']);
    display.clear();
    expect(stream.text).toBe('at 0\nat 5000\nat 10000\n');
  });
});

describe('the output', () => {
  const outputs = (json: boolean, isTTY = false) => {
    const [stdout, stderr] = [new MemoryStream(isTTY), new MemoryStream(isTTY)];
    return { stdout, stderr, output: new Output({ stdout, stderr, json }) };
  };

  it('keeps stdout for one document with --json', () => {
    const { stdout, stderr, output } = outputs(true);
    output.say('started');
    output.progress(() => ['half']);
    output.text('for people');
    output.document({ table: 'Users' });
    output.fail('ItemsFailed', 'One failed.');
    expect(stdout.text).toBe('{\n  "table": "Users"\n}\n');
    expect(stderr.text).toBe('started\nhalf\nItemsFailed: One failed.\n');
  });

  it('gives people text, and errors to stderr', () => {
    const { stdout, stderr, output } = outputs(false);
    output.say('started');
    output.document({ table: 'Users' });
    output.text('done');
    output.fail('ItemsFailed', 'One failed.');
    expect(stdout.text).toBe('started\ndone\n');
    expect(stderr.text).toBe('ItemsFailed: One failed.\n');
  });

  it('has colours on a terminal only, and not where NO_COLOR is set', () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    const { stdout, output } = outputs(false, true);
    output.text(output.styled('red', 'x'));
    expect(stdout.text).toBe('\x1b[31mx\x1b[39m\n');
    expect(outputs(false, false).output.styled('red', 'x')).toBe('x');
    vi.stubEnv('NO_COLOR', '1');
    expect(outputs(false, true).output.styled('red', 'x')).toBe('x');
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'dumb');
    expect(outputs(false, true).output.styled('red', 'x')).toBe('x');
    vi.unstubAllEnvs();
  });
});
