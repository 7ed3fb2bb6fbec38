import { describe, expect, it } from 'vitest';
import { asOperatorError } from '../../../aws/operator/operator-error.ts';
import { describeError } from '../../../cli/terminal/describe-error.ts';
import { RunError } from '../../../core/errors.ts';

function named(name: string, message: string, fields: object = {}) {
  return Object.assign(new Error(message), { name, ...fields });
}

const local = { endpoint: 'http://127.0.0.1:4566', region: 'us-east-1' };
const aws = { endpoint: undefined, region: 'eu-west-1' };

it('says what an error of ours is about, beside its name and message', () => {
  const error = new RunError('Irreversible', 'It cannot\n be undone.', { fields: { table: 'Users', sequence: 3, file: 'Users/v3.ts' } });

  expect(describeError(error)).toEqual({
    name: 'Irreversible',
    message: 'It cannot be undone.',
    table: 'Users',
    sequence: 3,
    file: 'Users/v3.ts',
  });
});

describe('an error of the SDK', () => {
  it.each([
    [named('Error', 'connect ECONNREFUSED', { code: 'ECONNREFUSED' }), local, 'http://127.0.0.1:4566 (region us-east-1) does not answer'],
    [named('Error', 'getaddrinfo ENOTFOUND x', { code: 'ENOTFOUND' }), aws, 'AWS (region eu-west-1) does not answer'],
    [named('TimeoutError', 'timed out'), aws, 'Check region and network'],
    [named('Error', 'Region is missing'), { ...aws, region: undefined }, 'Set AWS_REGION'],
    [named('CredentialsProviderError', 'Could not load'), aws, 'set AWS_PROFILE'],
    [named('TypeError', 'Invalid URL', { code: 'ERR_INVALID_URL' }), { ...local, endpoint: 'here' }, 'here is not a URL'],
    [named('Unknown', 'UnknownError', { $metadata: { httpStatusCode: 404 } }), local, 'is not AWS (HTTP 404)'],
    [
      named('UnknownOperationException', 'Local AWS does not have the service "cloudformation"', { $metadata: {} }),
      local,
      'does not have what this command needs: Local AWS does not have the service "cloudformation". Check AWS_ENDPOINT_URL.',
    ],
    [named('Unknown', 'UnknownError', { $metadata: { httpStatusCode: 503 } }), local, 'answers with HTTP 503'],
  ])('says what does not answer and what to do: %s', (error, called, text) => {
    const { name, message } = describeError(asOperatorError(error, called));
    expect(name).toBe('EndpointUnreachable');
    expect(message).toContain(text);
    expect(message).toMatch(/AWS_\w+|network|Try again/);
  });

  it('says that access was refused, and by which words', () => {
    const { name, message } = describeError(
      asOperatorError(named('AccessDeniedException', 'not authorized to perform: states:StartExecution'), aws),
    );
    expect(name).toBe('AccessDenied');
    expect(message).toContain('states:StartExecution');
  });
});

it('gives other errors in one line, without a stack', () => {
  expect(describeError(new RunError('TableBusy', 'Users is\nheld.'))).toEqual({ name: 'TableBusy', message: 'Users is held.' });
  expect(describeError(named('ThrottlingException', 'Rate exceeded', { $metadata: {} })).message).toMatch(/^Rate exceeded\. .*AWS/);
  expect(describeError(new TypeError('x is undefined'))).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('please report'),
  });
  expect(describeError('text')).toEqual({ name: 'Error', message: 'text' });
});
