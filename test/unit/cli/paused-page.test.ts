import { expect, it } from 'vitest';
import { page } from '../../../cli/page/page.ts';
import { aLargePicture } from '../../cli/large-picture.ts';
import { controlOf } from '../../support/control-record.ts';

it('calls a run that rests paused, and says by whom', () => {
  const picture = aLargePicture();
  const run = { ...picture.run, status: 'running' as const, endedAt: undefined, error: undefined };
  const paused = { by: 'pauseAfter 100', since: '2026-01-02T10:00:04.000Z' };

  const drawn = page({ ...picture, run, control: controlOf({ marks: { paused } }) });

  expect(drawn).toMatch(/<title>[^<]*: paused<\/title>/);
  expect(drawn).toContain('‖ paused</span> by pauseAfter 100 since 2026-01-02 10:00:04 UTC, for');
  expect(page({ ...picture, run, control: controlOf() })).toContain('▸ running</span>');
});
