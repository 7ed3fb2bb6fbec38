import * as z from 'zod';
import { type Action, type Caller, requestOf } from './service-request.ts';

const Answer = z.object({ CompositeAlarms: z.array(z.object({ AlarmName: z.string(), StateValue: z.string() })).default([]) });

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
export const describeAlarms: Action = {
  service: 'CloudWatch',
  host: 'monitoring',
  contentType: 'application/x-amz-json-1.0',
  target: 'GraniteServiceVersion20100801.DescribeAlarms',
};

/**
 * True if a composite alarm is in alarm; false if there is no such alarm.
 *
 * @throws Error: with the name of CloudWatch's error, after three tries if CloudWatch is at fault, throttles, or does not answer
 */
export async function isInAlarm(name: string, caller: Caller): Promise<boolean> {
  const { CompositeAlarms } = Answer.parse(await requestOf(describeAlarms, { AlarmNames: [name], AlarmTypes: ['CompositeAlarm'] }, caller));
  return CompositeAlarms.some(({ AlarmName, StateValue }) => AlarmName === name && StateValue === 'ALARM');
}
