import { describe, expect, it } from 'vitest';
import { asOperatorError } from '../../../aws/operator/operator-error.ts';
import { growth, lessThanQuadratic } from '../../support/growth.ts';

const called = { region: 'us-east-1', endpoint: undefined };

function credentialsError(message: string): Error {
  return Object.assign(new Error(message), { name: 'CredentialsProviderError' });
}

describe('an error of the SDK', () => {
  it.each(['No profile', 'No profile.', 'No profile. \n'])('is quoted without the full stop and the space at its end: %j', (message) => {
    expect(asOperatorError(credentialsError(message), called)).toMatchObject({
      name: 'EndpointUnreachable',
      message: expect.stringContaining('(No profile).'),
    });
  });

  it.each(['ExpiredToken', 'ExpiredTokenException'])('by which credentials have expired says to log in again: %s', (name) => {
    expect(asOperatorError(Object.assign(new Error('The security token is expired.'), { name }), called)).toMatchObject({
      name: 'AccessDenied',
      message: `The AWS credentials have expired (${name}: The security token is expired). Log in again, such as with \`aws sso login\`, and repeat the command.`,
    });
  });

  it('is explained once', () => {
    const explained = asOperatorError(credentialsError('No profile'), called);

    expect(asOperatorError(explained, called)).toBe(explained);
  });

  it.each([' ', '.', '. '])('is quoted in one pass over its message, however often it holds %j', (text) => {
    const growing = growth((length) => {
      const error = credentialsError(`${text.repeat(length)}x`);
      return () => asOperatorError(error, called);
    }, 1_000);

    expect(growing).toBeLessThan(lessThanQuadratic);
  });
});
