import * as z from 'zod';
import { describeAlarms } from '../services/alarm-state.ts';
import { type Caller, requestOf } from '../services/service-request.ts';

const Alarm = z.object({ AlarmName: z.string(), AlarmActions: z.array(z.string()).default([]) });
const Answer = z.object({ MetricAlarms: z.array(Alarm).default([]) });

/** Alarms of metrics whose names begin so, up to 100. @throws Error: with the name of CloudWatch's error */
export async function alarmsOf(prefix: string, caller: Caller): Promise<{ name: string; hasAction: boolean }[]> {
  const asked = { AlarmNamePrefix: prefix, AlarmTypes: ['MetricAlarm'], MaxRecords: 100 };
  const { MetricAlarms } = Answer.parse(await requestOf(describeAlarms, asked, caller));
  return MetricAlarms.map(({ AlarmName, AlarmActions }) => ({ name: AlarmName, hasAction: AlarmActions.length > 0 }));
}
