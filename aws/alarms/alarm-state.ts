import type { AwsCredentialIdentity } from '@smithy/types';
import * as z from 'zod';
import { nameService } from '../naming-service.ts';
import { Signature } from '../table/signature.ts';
import { isTransient } from '../table/statement-error.ts';

/** Where and as whom CloudWatch is asked. */
export interface AlarmRequest {
  region: string;
  credentials: AwsCredentialIdentity;
  /** Instead of the region's endpoint. */
  endpoint: string | undefined;
  /** Names the function in CloudTrail. */
  userAgent: string;
  sleep(milliseconds: number): Promise<void>;
}

const Answer = z.object({ CompositeAlarms: z.array(z.object({ AlarmName: z.string(), StateValue: z.string() })).default([]) });
const Refusal = z.object({ __type: z.string() });

const maxTries = 3;
const timeoutMs = 4000;

/**
 * True if a composite alarm is in alarm; false if there is no such alarm. It is one request of CloudWatch's JSON protocol, for which its SDK
 * client is not needed: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 *
 * @throws Error: with the name of CloudWatch's error, after three tries if CloudWatch is at fault, throttles, or does not answer
 */
export async function isInAlarm(name: string, request: AlarmRequest): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      const { CompositeAlarms } = await describe(name, request);
      return CompositeAlarms.some(({ AlarmName, StateValue }) => AlarmName === name && StateValue === 'ALARM');
    } catch (error) {
      const failure = asServiceError(error);
      if (tries === maxTries || !isTransient(failure.name)) throw failure;
      await request.sleep(200 * tries);
    }
  }
}

async function describe(name: string, { region, credentials, endpoint, userAgent }: AlarmRequest): Promise<z.infer<typeof Answer>> {
  const url = new URL(endpoint ?? `https://monitoring.${region}.${domainOf(region)}`);
  const body = JSON.stringify({ AlarmNames: [name], AlarmTypes: ['CompositeAlarm'] });
  const { host: _, ...headers } = new Signature(credentials, region, 'monitoring').headersOf(
    {
      path: '/',
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'GraniteServiceVersion20100801.DescribeAlarms',
      },
      body,
    },
    new Date(),
  );
  const response = await fetch(new URL('/', url), {
    method: 'POST',
    headers: { ...headers, 'user-agent': userAgent },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.ok) return Answer.parse(parsed(text));
  const refused = Refusal.safeParse(parsed(text));
  throw named(refused.success ? refused.data.__type.replace(/^.*#/, '') : statusName(response.status), response.status);
}

/** What is not JSON comes from a proxy or a load balancer. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw named('UnreadableAnswer', undefined);
  }
}

function statusName(status: number): string {
  return status >= 500 ? 'ServiceUnavailable' : 'UnreadableAnswer';
}

function named(name: string, status: number | undefined): Error {
  const isTheirFault = status !== undefined && status >= 500 && !isTransient(name);
  const error = new Error(`CloudWatch answered DescribeAlarms with ${name}${status === undefined ? '' : ` (HTTP ${status})`}.`);
  error.name = isTheirFault ? 'ServiceUnavailable' : name;
  return nameService(error, 'CloudWatch');
}

/** `fetch` names neither a refused connection nor a time-out as the SDK does. */
function asServiceError(error: unknown): Error {
  if (!(error instanceof Error)) throw error;
  if (error instanceof TypeError || error.name === 'TimeoutError' || error.name === 'AbortError') return named('TimeoutError', undefined);
  return error;
}

/** https://docs.aws.amazon.com/general/latest/gr/rande.html */
function domainOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com';
}
