import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, sharedDynamoDb, startFixture, until } from './fixture.ts';

const work = `
  console.log('asked for', event.mark);
  if (event.error) throw Object.assign(new Error('on purpose'), { name: event.error });
  if (event.exit) process.exit(event.exit);
  return { received: event, by: context.invokedFunctionArn };
`;

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:dynamodt-work';

describe('invocations', () => {
  let fixture: Fixture;
  let full = false;
  beforeAll(async () => {
    fixture = await startFixture({ functions: { work } }, { ...sharedDynamoDb(), throttle: () => full });
  });
  afterAll(() => fixture.close());

  const invoke = async (name: string, body: string, type?: string) => {
    const response = await fetch(`${fixture.aws.url}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: 'POST',
      body,
      headers: type ? { 'x-amz-invocation-type': type } : {},
    });
    const text = await response.text();
    return {
      status: response.status,
      version: response.headers.get('x-amz-executed-version'),
      functionError: response.headers.get('x-amz-function-error'),
      errorType: response.headers.get('x-amzn-errortype'),
      body: text && JSON.parse(text),
    };
  };

  it.each(['dynamodt-work', 'dynamodt-work:$LATEST', arn, `${arn}:$LATEST`, '000000000000:function:dynamodt-work'])(
    'answers with the result of the function named %s',
    async (name) => {
      expect(await invoke(name, '{"number":1}')).toEqual({
        status: 200,
        version: '$LATEST',
        functionError: null,
        errorType: null,
        body: { received: { number: 1 }, by: arn },
      });
    },
  );

  it('answers with what the function threw, and marks it', async () => {
    expect(await invoke('dynamodt-work', '{"error":"InvalidInput"}')).toMatchObject({
      status: 200,
      functionError: 'Unhandled',
      body: { errorType: 'InvalidInput', errorMessage: 'on purpose', trace: expect.any(Array) },
    });
    expect(await invoke('dynamodt-work', '{"exit":1}')).toMatchObject({
      functionError: 'Unhandled',
      body: { errorType: 'Runtime.ExitError' },
    });
  });

  it('does not wait for an Event', async () => {
    expect(await invoke('dynamodt-work', '{"mark":"later"}', 'Event')).toMatchObject({ status: 202, body: '' });
    await until(() => fixture.lines.some((line) => line.endsWith('asked for later')));

    expect(await invoke('dynamodt-work', '{"error":"Unseen"}', 'Event')).toMatchObject({ status: 202 });
    await until(() => fixture.lines.some((line) => line.includes('asynchronous invocation of dynamodt-work failed: Unseen')));
  });

  it('does nothing in a DryRun', async () => {
    expect(await invoke('dynamodt-work', '{}', 'DryRun')).toMatchObject({ status: 204, body: '' });
  });

  it.each([
    [
      404,
      'ResourceNotFoundException',
      'dynamodt-nope',
      '{}',
      'Function not found: arn:aws:lambda:us-east-1:000000000000:function:dynamodt-nope',
    ],
    [404, 'ResourceNotFoundException', 'work', '{}', 'Function not found: work'],
    [404, 'ResourceNotFoundException', 'dynamodt-../functions/work', '{}', 'Function not found: dynamodt-../functions/work'],
    [400, 'InvalidRequestContentException', 'dynamodt-work', '{', 'Could not parse request body into json: '],
    [
      413,
      'RequestTooLargeException',
      'dynamodt-work',
      JSON.stringify('x'.repeat(6 * 1024 * 1024)),
      'Request must be smaller than 6291456 bytes',
    ],
  ])('refuses with %i %s', async (status, errorType, name, body, message) => {
    expect(await invoke(name, body)).toMatchObject({ status, errorType, body: { Message: expect.stringContaining(message) } });
  });

  it('refuses where there is no room', async () => {
    full = true;
    try {
      expect(await invoke('dynamodt-work', '{}')).toMatchObject({ status: 429, errorType: 'TooManyRequestsException' });
    } finally {
      full = false;
    }
  });

  it('are possible from a program too', async () => {
    expect(await fixture.aws.invoke('work', { number: 2 })).toEqual({ received: { number: 2 }, by: arn });
    await expect(fixture.aws.invoke('work', { error: 'InvalidInput' })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('on purpose'),
    });
    await expect(fixture.aws.invoke('nope', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
