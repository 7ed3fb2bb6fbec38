import { describe, expect, it } from 'vitest';
import { measureLatency } from '../../../../../bench/latency.ts';
import { SimulatedTime } from '../../../../../bench/simulated/simulated-time.ts';
import { maxRequestsInFlight, RequestsInFlight } from '../../../../../core/segment/pacing/requests-in-flight.ts';

/**
 * Keeps as many requests in flight as are allowed, for some seconds.
 *
 * @param answerMs what a request takes, given how many are in flight
 * @returns how many are allowed at last
 */
async function limitAfter(seconds: number, allowed: (time: SimulatedTime) => RequestsInFlight, answerMs: (inFlight: number) => number) {
  const time = new SimulatedTime(1);
  const requests = allowed(time);
  let inFlight = 0;
  const sendOne = async (): Promise<void> => {
    inFlight++;
    const answered = requests.sent();
    await time.wait(answerMs(inFlight));
    inFlight--;
    answered();
    sendAll();
  };
  const sendAll = (): void => {
    while (inFlight < requests.limit && time.now < seconds * 1000) void sendOne();
  };
  sendAll();
  await time.until(time.wait(seconds * 1000));
  return requests.limit;
}

describe('the requests in flight of a worker', () => {
  it('nearly double with each window if nothing else limits it, up to the max', async () => {
    const allowed = ({ clock }: SimulatedTime) => new RequestsInFlight(clock, 10);

    expect(await limitAfter(0.4, allowed, () => 60)).toBe(10);
    expect(await limitAfter(0.9, allowed, () => 60)).toBe(18);
    expect(await limitAfter(10, allowed, () => 60)).toBe(maxRequestsInFlight);
  });

  it('do not grow if they only wait longer: a table or a processor that answers 200 a second', async () => {
    let busyUntil = 0;
    let time: SimulatedTime | undefined;
    const allowed = (simulated: SimulatedTime): RequestsInFlight => {
      time = simulated;
      return new RequestsInFlight(simulated.clock, 10);
    };

    const limit = await limitAfter(60, allowed, () => {
      const now = time?.now ?? 0;
      busyUntil = Math.max(busyUntil, now) + 5;
      return 20 + busyUntil - now;
    });

    expect(limit).toBeLessThanOrEqual(24);
  });

  it('are what they were without a measurement if the worker is slow for another reason', async () => {
    const time = new SimulatedTime(1);
    const requests = new RequestsInFlight(time.clock, 10);
    const work = async (): Promise<void> => {
      for (let n = 0; n < 100; n++) {
        const answered = requests.sent();
        await time.wait(60);
        answered();
        await time.wait(40);
      }
    };

    await time.until(work());

    expect(requests.limit).toBe(10);
  });
});

it('a worker without a limit changes as many items as the wire gives, also at a latency of 60 ms', async () => {
  const { wire, changed } = await measureLatency(60, 1024, 60_000);

  expect(changed).toBeGreaterThan(0.9 * wire);
}, 30_000);
