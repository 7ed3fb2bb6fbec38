import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { putEvents } from '../../../aws/services/put-events.ts';
import { startEvents } from '../../../core/run/events/decided-events.ts';
import { RunEventDetail } from '../../../core/run/events/run-event.ts';
import { controlOf, runOf } from '../../support/control-record.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Asked {
  target: string | undefined;
  entries: { EventBusName: string; Source: string; DetailType: string; Detail: string }[];
}

/** EventBridge that gives this answer; undefined for none. */
async function eventBridge(answer: object | undefined) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ target: request.headers['x-amz-target']?.toString(), entries: JSON.parse(body).Entries });
    if (answer) response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closers.push(() => server.close().closeAllConnections());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  const caller = { region: 'eu-west-1', credentials, endpoint, userAgent: 'dynamodt app/start-run', sleep: async () => {} };
  const events = Array.from({ length: 12 }, (_, n) => startEvents(runOf({ id: `r${n}` }), controlOf())).flat();
  return { asked, send: () => putEvents(events, { bus: 'default', service: 'dynamodt' }, caller) };
}

it('sends up to ten events in a request, with the documented detail', async () => {
  const { asked, send } = await eventBridge({ FailedEntryCount: 0, Entries: [] });

  await send();

  expect(asked.map(({ entries }) => entries.length).sort()).toEqual([10, 2].sort());
  expect(asked[0]).toMatchObject({
    target: 'AWSEvents.PutEvents',
    entries: expect.arrayContaining([expect.objectContaining({ EventBusName: 'default', Source: 'dynamodt', DetailType: 'Run Started' })]),
  });
  for (const { Detail } of asked.flatMap(({ entries }) => entries)) RunEventDetail.parse(JSON.parse(Detail));
});

it('throws by the name of the error if EventBridge refuses an event', async () => {
  const { send } = await eventBridge({ FailedEntryCount: 1, Entries: [{ EventId: '1' }, { ErrorCode: 'NotAuthorized' }] });

  await expect(send()).rejects.toMatchObject({ name: 'NotAuthorized' });
});

it('gives up within two seconds if EventBridge does not answer', async () => {
  const { send } = await eventBridge(undefined);
  const begun = performance.now();

  await expect(send()).rejects.toThrow();

  // Two tries of 700 ms; without the limits, three of 4 seconds.
  expect(performance.now() - begun).toBeLessThan(4000);
});
