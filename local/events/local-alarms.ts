import { ApiError } from '../http/api-error.ts';
import { type Actions, required } from '../http/json-api.ts';

const states = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/**
 * As much of CloudWatch as functions use: the state of composite alarms, and SetAlarmState to change it. There are no events: a change of
 * state does not call `control-run`.
 */
export function localAlarms(): Actions {
  const stateOf = new Map<string, string>();
  return {
    DescribeAlarms: ({ AlarmNames }) => ({
      CompositeAlarms: [...stateOf]
        .filter(([name]) => Array.isArray(AlarmNames) && AlarmNames.includes(name))
        .map(([AlarmName, StateValue]) => ({ AlarmName, StateValue })),
      MetricAlarms: [],
    }),
    SetAlarmState: (request) => {
      const state = required(request, 'StateValue');
      if (!states.includes(state)) throw new ApiError('ValidationError', `StateValue must be one of ${states.join(', ')}.`);
      stateOf.set(required(request, 'AlarmName'), state);
      return {};
    },
  };
}
