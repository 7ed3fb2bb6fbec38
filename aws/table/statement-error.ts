import type { WriteResult } from '../../core/segment/table-port.ts';
import type { Image } from '../../core/values/attribute-value.ts';

/** DynamoDB is busy, or the outcome is unknown: the same request may succeed later. The SDK would not retry these inside HTTP 200. */
const transient = new Set([
  'ThrottlingError',
  'ThrottlingException',
  'Throttling',
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'InternalServerError',
  'TransactionConflict',
  'TransactionConflictException',
  'TransactionInProgressException',
  'ReplicatedWriteConflict',
  'ReplicatedWriteConflictException',
  'ServiceUnavailable',
  'TimeoutError',
  'UnreadableAnswer',
  'RequestTimeTooSkewed',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Transient errors after which DynamoDB may have applied the write, and charged for it. */
const unknown = new Set([
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'UnreadableAnswer',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Errors of the whole table, or of the worker's credentials: no further item could be written. */
const fatal = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ResourceNotFound',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
]);

export function isTransient(code: string | undefined): boolean {
  return code !== undefined && transient.has(code);
}

export function isFatal(code: string | undefined): boolean {
  return code !== undefined && fatal.has(code);
}

/**
 * Sorts the error of one statement or one action.
 *
 * @throws Error: when the error is fatal and ends the segment; its name is DynamoDB's code
 */
export function resultOfError(code: string, image: Image | undefined): WriteResult {
  if (/^ConditionalCheckFailed/.test(code)) return { kind: 'conditionFailed', image };
  if (isTransient(code)) return unknown.has(code) ? { kind: 'throttled', isUnknown: true } : { kind: 'throttled' };
  if (isFatal(code))
    throw Object.assign(new Error(`DynamoDB refused to write: ${code}. Check the worker's permissions and that the table exists.`), {
      name: code,
    });
  return { kind: 'refused', code };
}

/** The code of an error of the SDK or of our own wire: DynamoDB's, or the network's. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  const { code, $retryable, $metadata } = error as { code?: unknown; $retryable?: unknown; $metadata?: { httpStatusCode?: number } };
  if (isTransient(error.name) || isFatal(error.name)) return error.name;
  if (typeof code === 'string' && isTransient(code)) return code;
  // So the SDK calls what it cannot read.
  if (error.name === 'UnknownError' || error instanceof SyntaxError) return 'UnreadableAnswer';
  if (isOfTheNetwork(error)) return 'ServiceUnavailable';
  if ($retryable !== undefined || ($metadata?.httpStatusCode ?? 0) >= 500) return 'ServiceUnavailable';
  return error.name;
}

/**
 * Whether the request may have been sent, and no answer of DynamoDB came that could be read. Such a request can still be applied. One that
 * DynamoDB answered, with whatever error, is not applied later.
 */
export function isUnanswered(error: unknown): boolean {
  const { syscall, $metadata } = error as { syscall?: unknown; $metadata?: { httpStatusCode?: number } };
  if (syscall === 'connect' || syscall === 'getaddrinfo') return false;
  return $metadata?.httpStatusCode === undefined || codeOf(error) === 'UnreadableAnswer';
}

/** Not an answer of DynamoDB: a name that does not resolve, a host that cannot be reached, a failed handshake, an answer not in HTTP. */
function isOfTheNetwork(error: Error): boolean {
  return 'syscall' in error || ('code' in error && /^(HPE_|ERR_SSL_|EPROTO$)/.test(String(error.code)));
}
