import { describe, expect, it } from 'vitest';
import { parseControlInput } from '../../../../../core/run/control/control-input.ts';

describe('the input of control-run', () => {
  it.each([
    [{ table: 'Users', action: 'pause', by: 'ann' }],
    [{ allTables: true, action: 'pause', by: 'alarm:HighLatency' }],
    [{ table: 'Users', action: 'throttle', by: 'ann', writeUnits: 100 }],
  ])('is taken: %j', (input) => {
    expect(parseControlInput(input)).toEqual(input);
  });

  it.each([
    ['table: ', { action: 'pause', by: 'ann' }],
    ['action: ', { table: 'Users', action: 'halt', by: 'ann' }],
    ['by: ', { allTables: true, action: 'pause' }],
    ['allTables: ', { allTables: 'yes', action: 'pause', by: 'ann' }],
    ['"table"', { allTables: true, table: 'Users', action: 'pause', by: 'ann' }],
    ['"writeUnit"', { table: 'Users', action: 'throttle', by: 'ann', writeUnit: 100 }],
    ['input: ', null],
    ['input: ', 'pause Users'],
  ])('is refused by the name of what is wrong: %s', (problem, input) => {
    expect(() => parseControlInput(input)).toThrow(
      expect.objectContaining({
        name: 'InvalidInput',
        message: expect.stringMatching(/^The input is not what control-run takes \(.*"allTables": true/),
      }),
    );
    expect(() => parseControlInput(input)).toThrow(problem);
  });
});
