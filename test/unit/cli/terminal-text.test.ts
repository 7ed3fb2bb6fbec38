import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Html, html } from '../../../cli/page/html.ts';
import { statusLines } from '../../../cli/status/status-text.ts';
import { jsonText } from '../../../cli/terminal/json-text.ts';
import { LiveDisplay } from '../../../cli/terminal/live-display.ts';
import { Output } from '../../../cli/terminal/output.ts';
import { textTable } from '../../../cli/terminal/text-table.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => vi.unstubAllEnvs());

/** Clear screen, window title by OSC and BEL, C1 CSI, delete, carriage return, text that runs from right to left. */
const attack = 'a\u001b[2J\u001b]0;x\u0007\u009b1m\u007f\r\nb\u202ec\u2066d\u061ce\u200f\u2028';
const shown = 'a\\u001b[2J\\u001b]0;x\\u0007\\u009b1m\\u007f\\u000d\\u000ab\\u202ec\\u2066d\\u061ce\\u200f\\u2028';

/** Text as a table or its application may hold it: anything, often with what a terminal obeys. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[31m', '\u001b]8;;', '\u0007', '\u009d', '\u202e', '\u2069', '\r', '\n'),
    ),
  )
  .map((parts) => parts.join(''));

function outputs(json = false) {
  const [stdout, stderr] = [new MemoryStream(true), new MemoryStream(true)];
  return { stdout, stderr, output: new Output({ stdout, stderr, json }) };
}

/** Without line ends, and without the colours that the command itself uses. */
function withoutOwn(text: string): string {
  return text.replaceAll('\n', '').replace(new RegExp(`${String.fromCharCode(27)}\\[(1|2|22|31|32|33|39)m`, 'g'), '');
}

describe('text on a terminal', () => {
  it('shows control and bidirectional characters instead of sending them', () => {
    const { stdout, stderr, output } = outputs();
    output.text(attack);
    output.say(attack);
    output.fail(attack, attack);
    expect(stdout.text).toBe(`${shown}\n${shown}\n`);
    expect(withoutOwn(stderr.text)).toBe(`${shown}: ${shown}`);
  });

  it('keeps our colours, and escapes what is inside them', () => {
    const { stdout, output } = outputs();
    output.text(`${output.styled('red', attack)}, ${output.styled('bold', 'safe')}`);
    expect(stdout.text).toBe(`\u001b[31m${shown}\u001b[39m, \u001b[1msafe\u001b[22m\n`);
  });

  it('shows colour codes that stand in data, also when they look like ours', () => {
    const { stdout, output } = outputs();
    output.text('\u001b[32m✓ no problem found\u001b[39m');
    expect(stdout.text).toBe('\\u001b[32m✓ no problem found\\u001b[39m\n');
  });

  it('aligns the columns of a table by what is shown', () => {
    const { stdout, output } = outputs();
    const rows = [{ name: '\u001b' }, { name: output.styled('red', 'longer-name') }];
    output.text(
      textTable(
        [
          { title: 'name', of: (row: { name: string }) => row.name },
          { title: 'end', of: () => '|' },
        ],
        rows,
      ),
    );
    const lines = stdout.text.split('\n').map(withoutOwn);
    expect(lines.slice(0, 3)).toEqual(['name         end', '\\u001b       |', 'longer-name  |']);
  });

  it('shows them in frames that are redrawn, cut to the width of the terminal', () => {
    const stream = new MemoryStream(true);
    new LiveDisplay(stream).show(() => ['\u001b]0;x\u0007', '\u202e'.repeat(50)]);
    const [first = '', second = ''] = stream.text.split('\n');
    expect(first).toBe('\r\\u001b]0;x\\u0007\u001b[K');
    expect(second.replace('\u001b[K', '').replace('\u001b[J', '')).toBe('\\u202e'.repeat(50).slice(0, 59));
  });

  it('holds for any text, wherever it is printed', () => {
    fc.assert(
      fc.property(anyText, anyText, (name, value) => {
        const { stdout, stderr, output } = outputs();
        output.text(output.styled('yellow', `${name} ${output.styled('bold', value)}`));
        output.text(
          statusLines(
            [
              {
                table: name,
                applied: [],
                pending: [],
                paused: { by: value, since: name },
                failures: [{ sequence: 1, segment: 0, key: { [name]: value }, name, message: value }],
              },
            ],
            output,
          ),
        );
        output.fail(name, value);
        output.progress(() => [name, value]);
        const sent = withoutOwn(stdout.text + stderr.text).replace(new RegExp(`${String.fromCharCode(27)}\\[[JK]|^\\r`, 'g'), '');
        expect(sent).not.toMatch(/[^\P{Cc}\r]|\p{Bidi_Control}/u);
        expect(sent.split('\r').length).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('JSON on stdout', () => {
  it('escapes control and bidirectional characters', () => {
    expect(jsonText({ '\u202e': '\u009b\u007f\u2066' })).toBe('{"\\u202e":"\\u009b\\u007f\\u2066"}');
  });

  it('means the same as without escapes, for any text', () => {
    fc.assert(
      fc.property(anyText, anyText, (name, value) => {
        const document = { list: [{ [name]: value }] };
        const { stdout, output } = outputs(true);
        output.document(document);
        expect(JSON.parse(stdout.text)).toEqual(JSON.parse(JSON.stringify(document)));
        expect(stdout.text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
      }),
    );
  });
});

describe('text on a page', () => {
  it('shows control and bidirectional characters, for any text', () => {
    expect(html`<b>${'<\u0000\u202e>'}</b>`).toEqual(new Html('<b>&#60;\\u0000\\u202e&#62;</b>'));
    fc.assert(
      fc.property(anyText, (text) => {
        expect(html`${text}`.text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}|[<>"']/u);
      }),
    );
  });
});
