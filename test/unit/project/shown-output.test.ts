import { describe, expect, it } from 'vitest';
import { asShown, withoutVarying } from '../../support/shown-output.ts';

const output = `started arn:aws:1
✓ Users v1 up succeeded in 12s (run 20271127T210520200Z-917339)
  changed 1 · failed 0
  scanned 4, 1,200/s
`;

describe('the output that a page shows', () => {
  it.each([
    [
      'the same but for names, times and rates',
      `started arn:aws:1\n✓ Users v1 up succeeded in 1.3s (run 20260102T100520200Z-aaaaaa)\nchanged 1 · failed 0\nscanned 4, 3/s\n`,
    ],
    ['the same but for lines that are left out', `…\nchanged 1   · failed 0\n…\n`],
  ])('is right if it is %s', (_, shown) => {
    expect(asShown(output, shown)).toEqual(withoutVarying(shown));
  });

  it.each([
    ['another number', '…\nchanged 2 · failed 0\n…\n'],
    ['a line that is not printed', '…\nscanned 4, 3/s\nkept 1\n'],
    ['fewer lines', 'started arn:aws:1\n'],
  ])('is wrong if it has %s', (_, shown) => {
    expect(asShown(output, shown)).not.toEqual(withoutVarying(shown));
  });
});
