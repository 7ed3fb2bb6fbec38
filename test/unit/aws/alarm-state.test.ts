import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isInAlarm } from '../../../aws/services/alarm-state.ts';
import { asAwsUnavailable } from '../../../functions/wiring/clients/as-aws-unavailable.ts';

type Answer = { status: number; body: string } | 'hang up';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function ok(state: string, name = 'second-pause-runs'): Answer {
  const alarm = { AlarmName: name, StateValue: state, StateReason: 'not read' };
  return { status: 200, body: JSON.stringify({ CompositeAlarms: [alarm], MetricAlarms: [] }) };
}

/** CloudWatch, giving these answers in turn, and then the last again. */
async function cloudWatch(...answers: Answer[]) {
  const requests: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ headers: request.headers, body });
    const answer = answers[Math.min(requests.length, answers.length) - 1] ?? 'hang up';
    if (answer === 'hang up') return void request.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closers.push(() => server.close().closeAllConnections());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  const request = { region: 'eu-west-1', credentials, endpoint, userAgent: 'dynamodt app/start-run', sleep: async () => {} };
  const ask = () => isInAlarm('second-pause-runs', request);
  return { ask, requests };
}

async function failureOf(asking: Promise<unknown>): Promise<unknown> {
  try {
    return await asking;
  } catch (error) {
    return asAwsUnavailable(error);
  }
}

describe('the state of the alarm', () => {
  it.each([
    ['ALARM', true],
    ['OK', false],
    ['INSUFFICIENT_DATA', false],
  ])('%s is in alarm: %s', async (state, expected) => {
    expect(await (await cloudWatch(ok(state))).ask()).toBe(expected);
  });

  it('is not in alarm if there is no such alarm', async () => {
    expect(await (await cloudWatch(ok('ALARM', 'another'))).ask()).toBe(false);
    expect(await (await cloudWatch({ status: 200, body: '{}' })).ask()).toBe(false);
  });

  it('is asked for by one signed request that names the alarm and its kind', async () => {
    const { ask, requests } = await cloudWatch(ok('OK'));
    await ask();

    expect(requests).toHaveLength(1);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ AlarmNames: ['second-pause-runs'], AlarmTypes: ['CompositeAlarm'] });
    expect(requests[0]?.headers).toMatchObject({
      'x-amz-target': 'GraniteServiceVersion20100801.DescribeAlarms',
      'user-agent': 'dynamodt app/start-run',
      authorization: expect.stringMatching(/Credential=AKIA\/\d{8}\/eu-west-1\/monitoring\/aws4_request/),
    });
  });

  it.each<[string, Answer]>([
    ['is at fault', { status: 500, body: '{"__type":"com.amazonaws#InternalServiceFault"}' }],
    ['throttles', { status: 400, body: '{"__type":"ThrottlingException"}' }],
    ['hangs up', 'hang up'],
    ['is hidden by a proxy', { status: 403, body: '<html>' }],
  ])('is asked for again if CloudWatch %s, and is AwsUnavailable after three tries', async (_, answer) => {
    const { ask, requests } = await cloudWatch(answer, ok('ALARM'));
    expect(await ask()).toBe(true);
    expect(requests).toHaveLength(2);

    const always = await cloudWatch(answer);
    expect(await failureOf(always.ask())).toMatchObject({ name: 'AwsUnavailable', fields: { service: 'CloudWatch' } });
    expect(always.requests).toHaveLength(3);
  });

  it('fails at once if it may not be asked for', async () => {
    const { ask, requests } = await cloudWatch({ status: 400, body: '{"__type":"com.amazonaws#AccessDenied","message":"…"}' });

    expect(await failureOf(ask())).toMatchObject({ name: 'AccessDenied' });
    expect(requests).toHaveLength(1);
  });
});
