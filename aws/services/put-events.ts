import * as z from 'zod';
import { detailOf, detailTypes, eventSource, type RunEvent } from '../../core/run/events/run-event.ts';
import { type Action, type Caller, requestOf } from './service-request.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const putEventsAction: Action = {
  service: 'EventBridge',
  host: 'events',
  contentType: 'application/x-amz-json-1.1',
  target: 'AWSEvents.PutEvents',
  // Nobody waits longer for EventBridge.
  limits: { maxTries: 2, timeoutMs: 700 },
};

const Answer = z.object({ FailedEntryCount: z.number().default(0), Entries: z.array(z.object({ ErrorCode: z.string().optional() })) });

const maxEntries = 10;

/** Where events go. */
export interface EventBus {
  /** Name or ARN: `default` is the account's. */
  bus: string;
  /** Prefix of the names of the service that tells. */
  service: string;
}

/**
 * Sends events, all at once.
 *
 * @throws Error: with the name of EventBridge's error, if an event could not be sent within about a second and a half
 */
export async function putEvents(events: readonly RunEvent[], { bus, service }: EventBus, caller: Caller): Promise<void> {
  const at = new Date().toISOString();
  const entries = events.map((event) => ({
    EventBusName: bus,
    Source: eventSource,
    DetailType: detailTypes[event.kind],
    Detail: JSON.stringify(detailOf(event, service, at)),
    Time: Math.floor(Date.parse(at) / 1000),
  }));
  const requests = Array.from({ length: Math.ceil(entries.length / maxEntries) }, (_, request) =>
    entries.slice(request * maxEntries, (request + 1) * maxEntries),
  );
  await Promise.all(requests.map((Entries) => send(Entries, caller)));
}

async function send(Entries: object[], caller: Caller): Promise<void> {
  const answer = Answer.parse(await requestOf(putEventsAction, { Entries }, caller));
  if (answer.FailedEntryCount === 0) return;
  const error = new Error(`EventBridge refused ${answer.FailedEntryCount} of ${Entries.length} events.`);
  error.name = answer.Entries.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorCode ?? 'EventsRefused';
  throw error;
}
