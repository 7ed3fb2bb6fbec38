import type { HistoryEvent } from '../history.ts';

/** An event in the format of GetExecutionHistory. Inputs and outputs are left out unless data is requested. */
export function historyEvent({ id, previousEventId, timestamp, type, details }: HistoryEvent, withData: boolean): Record<string, unknown> {
  return {
    id,
    previousEventId,
    timestamp: timestamp / 1000,
    type,
    ...(details && { [detailsField(type)]: Object.fromEntries(Object.entries(details).flatMap((field) => fields(field, withData))) }),
  };
}

/** The name of the details field: all kinds of states share one for entering and one for leaving; every other event type has its own. */
function detailsField(type: string): string {
  const shared = type.replace(/^[A-Z][a-z]+(State(?:Entered|Exited))$/, '$1');
  return `${shared[0]?.toLowerCase()}${shared.slice(1)}EventDetails`;
}

const payloads = new Set(['input', 'output', 'parameters']);

function fields([name, value]: [string, unknown], withData: boolean): [string, unknown][] {
  if (!payloads.has(name)) return [[name, value]];
  if (!withData) return [];
  return name === 'parameters'
    ? [[name, value]]
    : [
        [name, value],
        [`${name}Details`, { truncated: false }],
      ];
}
