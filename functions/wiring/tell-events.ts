import { putEvents } from '../../aws/services/put-events.ts';
import type { RunEvent, TellEvents } from '../../core/run/events/run-event.ts';
import { environment } from './environment.ts';
import { log } from './log.ts';
import { measureEventsNotSent } from './metrics.ts';
import { serviceCaller } from './service-caller.ts';

/** Sends events to the bus of the service; undefined if it has none. What was decided stands, also if nobody can be told of it. */
export const tellEvents: TellEvents | undefined = environment.eventBus === undefined ? undefined : tell(environment.eventBus);

function tell(bus: string): TellEvents {
  return async (events: readonly RunEvent[]) => {
    if (events.length === 0) return;
    try {
      await putEvents(events, { bus, service: environment.service }, await serviceCaller(environment.eventsEndpoint));
    } catch (error) {
      log('eventsNotSent', { events: events.map(({ id }) => id), error: error instanceof Error ? error.name : 'unknown' });
      measureEventsNotSent(events.length);
    }
  };
}
