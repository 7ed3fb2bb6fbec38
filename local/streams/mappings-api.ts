import type { IncomingMessage } from 'node:http';
import { InvocationRefused } from '../functions/invocation-refused.ts';
import { readBody } from '../http/read-body.ts';
import type { Names } from '../names.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { EventSourceMappings } from './event-source-mappings.ts';

/** Path prefix of the requests for event source mappings. */
export const mappingsPath = '/2015-03-31/event-source-mappings';

const maxBodyBytes = 64 * 1024;

/**
 * Lambda's actions ListEventSourceMappings, GetEventSourceMapping, and of UpdateEventSourceMapping `Enabled`:
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 *
 * @returns status and body of the answer
 * @throws InvocationRefused: with the name of Lambda's error
 */
export function mappingsApi(mappings: EventSourceMappings, names: Names) {
  const described = (id: string, table: string, mapping: EventSourceMapping) => {
    const { Enabled: _, ...settings } = mapping.settings;
    return {
      UUID: id,
      ...settings,
      ParallelizationFactor: 1,
      EventSourceArn: mapping.streamArn ?? `arn:aws:dynamodb:ddblocal:000000000000:table/${table}/stream/none`,
      FunctionArn: names.functionArn(mappings.function),
      EventSourceMappingArn: `arn:aws:lambda:${names.region}:000000000000:event-source-mapping:${id}`,
      LastProcessingResult: mapping.lastResult,
      LastModified: mapping.changedAt / 1000,
      State: mapping.state,
      StateTransitionReason: 'USER_INITIATED',
    };
  };

  return async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const id = url.pathname.slice(mappingsPath.length).replaceAll('/', '');
    if (id === '') {
      if (request.method !== 'GET') throw unsupported();
      const isAsked = (parameter: string, value: string): boolean => [null, value].includes(url.searchParams.get(parameter));
      const named = url.searchParams.get('FunctionName');
      const isOurs = named === null || names.functionNamed(named)?.name === mappings.function;
      const all = [...mappings.all].map(([one, { table, mapping }]) => described(one, table, mapping));
      return { status: 200, body: { EventSourceMappings: all.filter((one) => isOurs && isAsked('EventSourceArn', one.EventSourceArn)) } };
    }
    const found = mappings.all.get(id);
    if (!found) throw new InvocationRefused('ResourceNotFoundException', 404, 'The resource you requested does not exist.');
    const { table, mapping } = found;
    if (request.method === 'GET') return { status: 200, body: described(id, table, mapping) };
    if (request.method !== 'PUT') throw unsupported();
    await mapping.enable(enabledIn(await readBody(request, maxBodyBytes)));
    return { status: 202, body: described(id, table, mapping) };
  };
}

function enabledIn(body: string): boolean {
  let change: unknown;
  try {
    change = JSON.parse(body);
  } catch {
    throw new InvocationRefused('InvalidParameterValueException', 400, 'The body of the request is not JSON.');
  }
  const fields = typeof change === 'object' && change !== null ? Object.entries(change).filter(([name]) => name !== 'FunctionName') : [];
  const [[name, value] = []] = fields;
  if (fields.length === 1 && name === 'Enabled' && typeof value === 'boolean') return value;
  throw new InvocationRefused(
    'InvalidParameterValueException',
    400,
    'Local AWS changes only whether a mapping is enabled: { "Enabled": true }.',
  );
}

function unsupported(): InvocationRefused {
  return new InvocationRefused(
    'UnknownOperationException',
    404,
    'Local AWS supports of event source mappings only the Lambda actions List, Get and Update.',
  );
}
