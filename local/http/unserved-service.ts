import type { IncomingMessage, ServerResponse } from 'node:http';

/** As in signatures: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html */
const served = ['dynamodb', 'states', 'kms', 'sts', 's3', 'lambda', 'monitoring', 'events'];

/** The service that a request is signed for, if local AWS does not have it; undefined also for a request without a signature. */
export function unservedService({ headers }: IncomingMessage): string | undefined {
  const [, service] = /Credential=[^,\s]*\/([\w-]+)\/aws4_request/.exec(headers.authorization ?? '') ?? [];
  return service === undefined || served.includes(service) ? undefined : service;
}

/** Answers in the form that the SDK of the service reads, so that the caller sees what is wrong, and not that an answer is damaged. */
export function refuseService(service: string, request: IncomingMessage, response: ServerResponse): void {
  const message = `Local AWS does not have the service "${service}"; it has what a run needs of DynamoDB, Step Functions, S3, KMS, STS, Lambda, CloudWatch and EventBridge. To call AWS itself, unset AWS_ENDPOINT_URL and the local credentials.`;
  request.resume();
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    response.writeHead(400, { 'content-type': 'text/xml' });
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code><Message>${message}</Message></Error></ErrorResponse>`,
    );
    return;
  }
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': 'UnknownOperationException' });
  response.end(JSON.stringify({ __type: 'UnknownOperationException', message }));
}
