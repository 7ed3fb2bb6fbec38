import { describe, expect, it } from 'vitest';
import { commandToGoOn, commandToUndo, howToGoOn } from '../../../../core/run/run-commands.ts';

type Begun = Parameters<typeof commandToGoOn>[0];

function runOf(direction: 'up' | 'down', sequences: number[], more: Partial<Begun> = {}): Begun {
  return { table: 'Users', direction, dryRun: false, prepareOnly: false, steps: sequences.map((sequence) => ({ sequence })), ...more };
}

function undo(sequence: number): Begun['steps'][number] {
  return { sequence, by: 'journal' };
}

describe('the command that goes on with a run', () => {
  it.each<[string, Begun, string]>([
    ['of several versions up', runOf('up', [3, 4]), 'dynamodt up Users'],
    ['of some of the pending versions', runOf('up', [3, 4], { to: 4 }), 'dynamodt up Users --to 4'],
    ['of the newest version down', runOf('down', [4]), 'dynamodt down Users'],
    ['of several versions down', runOf('down', [5, 4, 2]), 'dynamodt down Users --to 1'],
    ['down to nothing', runOf('down', [2, 1]), 'dynamodt down Users --to 0'],
    ['that goes by its journals only', runOf('down', [], { steps: [undo(5), undo(4)] }), 'dynamodt down Users --to 3 --exact'],
    ['of versions of both kinds', runOf('down', [], { steps: [undo(5), { sequence: 4 }] }), 'dynamodt down Users --to 3'],
    ['that sweeps an applied version again', runOf('up', [3], { again: true }), 'dynamodt up Users --again 3'],
    ['with kept code', runOf('down', [], { steps: [{ sequence: 3, kept: true }] }), 'dynamodt down Users --kept-code'],
    ['that writes nothing', runOf('up', [3], { dryRun: true }), 'dynamodt up Users --dry-run'],
    ['that prepares', runOf('up', [3], { prepareOnly: true }), 'dynamodt prepare Users'],
    ['that prepares one version', runOf('up', [3], { prepareOnly: true, to: 3 }), 'dynamodt prepare Users --sequence 3'],
    ['that tries some versions', runOf('up', [3, 4], { dryRun: true, to: 4 }), 'dynamodt up Users --to 4 --dry-run'],
    ['of which nothing is known', runOf('down', []), 'dynamodt down Users'],
  ])('takes the same versions in the same way, of a run %s', (_, run, command) => {
    expect(commandToGoOn(run)).toBe(command);
  });

  it('does not say of a dry run that it would go on', () => {
    expect(howToGoOn(runOf('up', [3], { dryRun: true }))).toBe('`dynamodt up Users --dry-run` tries again.');
    expect(howToGoOn(runOf('up', [3]))).toContain('`dynamodt up Users` continues where the run stopped.');
  });
});

describe('the command that undoes a run', () => {
  it.each<[string, Begun, string]>([
    ['of one version', runOf('up', [4]), 'dynamodt down Users'],
    ['of several versions', runOf('up', [3, 4, 6]), 'dynamodt down Users --to 2'],
    ['that sweeps an applied version again', runOf('up', [3], { again: true }), 'dynamodt down Users --to 2'],
    ['down', runOf('down', [4, 3]), 'dynamodt up Users'],
  ])('takes back all that it changed, of a run %s', (_, run, command) => {
    expect(commandToUndo(run)).toBe(command);
  });
});
