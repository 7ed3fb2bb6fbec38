const operatorErrorNames = [
  'EndpointUnreachable',
  'ServiceNotFound',
  'AccessDenied',
  'NotDeployable',
  'StackBusy',
  'DeployFailed',
] as const;

/** An error that only callers from outside the service meet. */
export class OperatorError extends Error {
  override readonly name: (typeof operatorErrorNames)[number];

  constructor(name: OperatorError['name'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

export function isOperatorErrorName(name: unknown): name is OperatorError['name'] {
  return operatorErrorNames.some((known) => known === name);
}

/** What was called, for messages. */
export interface Called {
  region: string | undefined;
  /** As the environment sets it; undefined for AWS itself. */
  endpoint: string | undefined;
}

/** Codes of errors that come from the network, before any service answered. */
const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'CERT_HAS_EXPIRED',
];
const credentialNames = ['CredentialsProviderError', 'TokenProviderError'];
const refusedNames = [
  'AccessDenied',
  'AccessDeniedException',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'InvalidToken',
  'MissingAuthenticationToken',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];
const expiredNames = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired'];
const localVariables =
  'AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local';

/** Explains an error of the SDK to an operator: what it means and what to do. Other errors are returned unchanged. */
export function asOperatorError(error: unknown, called: Called): unknown {
  if (!(error instanceof Error) || error instanceof OperatorError) return error;
  const { code } = error as { code?: unknown };
  const where = `${called.endpoint ?? 'AWS'}${called.region ? ` (region ${called.region})` : ''}`;
  const text = error.message.trimEnd().replace(/\.$/, '');
  if (/region is missing|region=""/i.test(error.message))
    return new OperatorError(
      'EndpointUnreachable',
      `No AWS region is set. Set AWS_REGION, or AWS_PROFILE to a profile that has one. For local AWS (\`npx dynamodt local\`): ${localVariables}.`,
      { cause: error },
    );
  if (credentialNames.includes(error.name))
    return new OperatorError(
      'EndpointUnreachable',
      `There are no valid AWS credentials for ${where} (${text}). Log in, or set AWS_PROFILE. For local AWS (\`npx dynamodt local\`): ${localVariables}.`,
      { cause: error },
    );
  if (code === 'ERR_INVALID_URL')
    return new OperatorError(
      'EndpointUnreachable',
      `The endpoint ${called.endpoint ?? 'in use'} is not a URL. Mend AWS_ENDPOINT_URL; it is like http://127.0.0.1:4566.`,
      { cause: error },
    );
  if (error.name === 'Unknown' || error.name === 'UnknownError') {
    const status = httpStatusOf(error);
    const message =
      status !== undefined && status >= 500
        ? `${where} answers with HTTP ${status}: it may be starting, or overloaded. Try again in a moment.`
        : `What answers at ${where} is not AWS${status === undefined ? '' : ` (HTTP ${status})`}. Check AWS_ENDPOINT_URL and the proxy settings.`;
    return new OperatorError('EndpointUnreachable', message, { cause: error });
  }
  if (error.name === 'UnknownOperationException')
    return new OperatorError('EndpointUnreachable', `${where} does not have what this command needs: ${text}. Check AWS_ENDPOINT_URL.`, {
      cause: error,
    });
  if (error.name === 'TimeoutError' || networkCodes.some((known) => known === code))
    return new OperatorError(
      'EndpointUnreachable',
      called.endpoint
        ? `${where} does not answer (${text}). Check AWS_ENDPOINT_URL; for local AWS, start it with \`npx dynamodt local\`.`
        : `${where} does not answer (${text}). Check region and network. For local AWS (\`npx dynamodt local\`): ${localVariables}.`,
      { cause: error },
    );
  if (expiredNames.includes(error.name))
    return new OperatorError(
      'AccessDenied',
      `The AWS credentials have expired (${error.name}: ${text}). Log in again, such as with \`aws sso login\`, and repeat the command.`,
      { cause: error },
    );
  if (refusedNames.includes(error.name))
    return new OperatorError(
      'AccessDenied',
      `${where} refused the request (${error.name}: ${text}). Check the credentials in use (AWS_PROFILE), and what they may do.`,
      { cause: error },
    );
  return error;
}

function httpStatusOf(error: Error): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
