import { describe, expect, it } from 'vitest';
import type { Pause } from '../../../../../core/ledger/pause.ts';
import { pauseByAlarm } from '../../../../../core/run/control/pause-by-alarm.ts';
import { controlOf } from '../../../../support/control-record.ts';

const by = 'alarm:dynamodt-pause-runs';
const ann = { by: 'user:ann', since: 'before' };

/** A run that took its table, and an alarm. `between` happens after StartRun's first look at the alarm. */
async function started({ isOn, paused, between }: { isOn: boolean; paused?: Pause; between?: (run: Run) => void }) {
  const run: Run = { isOn, paused };
  let looks = 0;
  await pauseByAlarm(controlOf({ marks: { paused } }), {
    alarm: {
      by,
      isOn: async () => {
        const seen = run.isOn;
        if (++looks === 1) between?.(run);
        return seen;
      },
    },
    ledger: { control: async () => controlOf({ marks: { paused: run.paused } }) },
    marks: {
      setPause: async (_, read, pause) => {
        if (JSON.stringify(run.paused) !== JSON.stringify(read)) return false;
        run.paused = pause;
        return true;
      },
    },
    now: () => 'now',
  });
  return { paused: run.paused, looks };
}

interface Run {
  isOn: boolean;
  paused: Pause | undefined;
}

describe('an alarm that is on when a run starts', () => {
  it('holds the pause of the run, as its event would', async () => {
    expect(await started({ isOn: true })).toEqual({ paused: { by, since: 'now', holders: [{ by, since: 'now' }] }, looks: 2 });
  });

  it('holds it beside a person', async () => {
    const { paused } = await started({ isOn: true, between: (run) => (run.paused = ann) });

    expect(paused).toEqual({ ...ann, holders: [ann, { by, since: 'now' }] });
  });

  it('is not recorded twice if its event was', async () => {
    const event: Pause = { by, since: 'event', holders: [{ by, since: 'event' }] };

    expect((await started({ isOn: true, between: (run) => (run.paused = event) })).paused).toEqual(event);
  });

  it('lets go if it goes off after it was looked at, when its event finds no pause yet', async () => {
    expect(await started({ isOn: true, between: (run) => (run.isOn = false) })).toEqual({ paused: undefined, looks: 3 });
  });
});

describe('an alarm that is off when a run starts', () => {
  it('costs one look, and changes nothing', async () => {
    expect(await started({ isOn: false })).toEqual({ paused: undefined, looks: 1 });
    expect(await started({ isOn: false, paused: ann })).toEqual({ paused: ann, looks: 1 });
  });

  it('lets go of a pause whose end was missed', async () => {
    const { paused } = await started({ isOn: false, paused: { by, since: 'event', holders: [{ by, since: 'event' }] } });

    expect(paused).toBeUndefined();
  });
});
