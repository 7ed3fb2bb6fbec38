import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeRefusal } from './fake-refusal.ts';
import { FakeStacks, type FakeWorld, fakeAccount, fakeRegion } from './fake-stacks.ts';
import { toXml } from './xml.ts';

/** A request as faults see it. */
export interface FakeRequest {
  /** `CreateChangeSet`, `PutObject`, … */
  action: string;
  parameters: Record<string, string>;
}

/** CloudFormation, S3, STS, and what a deploy asks of DynamoDB and KMS, on one port; no function runs in it. Its faults are set by tests. */
export interface FakeAws extends FakeWorld {
  url: string;
  /** In their order. */
  requests: FakeRequest[];
  cloudFormation: FakeStacks;
  /** Called before each request is answered; what it returns is the answer. */
  fault: (request: FakeRequest) => FakeRefusal | undefined;
  close(): Promise<void>;
}

export async function startFakeAws(): Promise<FakeAws> {
  const world: FakeWorld = { tables: new Map(), keys: new Map(), buckets: new Map() };
  const cloudFormation = new FakeStacks(world);
  const server = createServer((request, response) => {
    serve(fake, request, response).catch((error) => {
      const { code, message, status } = error instanceof FakeRefusal ? error : new FakeRefusal('InternalFailure', String(error), 500);
      if (request.headers['x-amz-target'])
        return void response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
          .end(JSON.stringify({ __type: code, message }));
      const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${toXml(message)}</Message></Error></ErrorResponse>`;
      response.writeHead(status, { 'content-type': 'text/xml' }).end(request.method === 'HEAD' ? undefined : body);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const fake: FakeAws = {
    ...world,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    cloudFormation,
    fault: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

async function serve(fake: FakeAws, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
  const isQuery = String(request.headers['content-type']).startsWith('application/x-www-form-urlencoded');
  const form = isQuery ? Object.fromEntries(new URLSearchParams(body.toString('utf8'))) : {};
  const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '');
  const [, bucket = '', ...rest] = path.split('/');
  const parameters = isQuery ? form : target ? JSON.parse(body.toString('utf8') || '{}') : { bucket, key: rest.join('/') };
  const action = form['Action'] ?? target ?? `${verbs[request.method ?? ''] ?? request.method}${parameters.key ? 'Object' : 'Bucket'}`;
  fake.requests.push({ action, parameters });
  const fault = fake.fault({ action, parameters });
  if (fault) throw fault;
  if (target) {
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    return void response.end(JSON.stringify(describe(fake, target, parameters)));
  }
  if (!isQuery) return serveS3(fake, request, response, { bucket, key: rest.join('/'), body });
  const result = query(fake, action, form);
  response.setHeader('content-type', 'text/xml');
  response.end(`<${action}Response><${action}Result>${toXml(result)}</${action}Result></${action}Response>`);
}

const verbs: Record<string, string> = { HEAD: 'Head', PUT: 'Put', GET: 'Get' };

function describe({ tables, keys }: FakeAws, action: string, parameters: Record<string, string>): object {
  if (action === 'DescribeTable') {
    const name = parameters['TableName'] ?? '';
    if (!tables.has(name)) throw new FakeRefusal('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
    const key = tables.get(name);
    return { Table: { TableName: name, ...(key ? { SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: key } } : {}) } };
  }
  // The ledger of a service that nobody has used: the fake runs no function that would publish the catalog.
  if (action === 'GetItem' && tables.has(parameters['TableName'] ?? '')) return {};
  const key = keys.get(parameters['KeyId'] ?? '');
  if (action !== 'DescribeKey' || !key) throw new FakeRefusal('NotFoundException', `${action} of ${JSON.stringify(parameters)}`);
  const KeyId = parameters['KeyId']?.split('/')[1];
  return { KeyMetadata: { KeyId, Description: key.description, KeyState: key.state, KeyManager: 'CUSTOMER' } };
}

function query({ cloudFormation, buckets }: FakeAws, action: string, form: Record<string, string>): object {
  const { StackName = '', ChangeSetName = '', NextToken } = form;
  switch (action) {
    case 'GetCallerIdentity':
      return { Account: fakeAccount, Arn: `arn:aws:iam::${fakeAccount}:user/ann`, UserId: 'ann' };
    case 'DescribeStacks': {
      const { name, id, status, description, parameters, outputs, isProtected } = cloudFormation.required(StackName);
      return {
        Stacks: [
          {
            StackId: id,
            StackName: name,
            StackStatus: status,
            Description: description,
            CreationTime: new Date().toISOString(),
            EnableTerminationProtection: isProtected,
            Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
            Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
          },
        ],
      };
    }
    case 'ListStackResources':
      return {
        StackResourceSummaries: [...cloudFormation.required(StackName).resources].map(
          ([LogicalResourceId, { type, physicalId, status }]) => ({
            LogicalResourceId,
            ResourceType: type,
            PhysicalResourceId: physicalId,
            ResourceStatus: status,
            LastUpdatedTimestamp: new Date().toISOString(),
          }),
        ),
      };
    case 'DescribeStackResources': {
      const { PhysicalResourceId = '' } = form;
      // Of a resource that a deleted stack kept, the deleted stack.
      const owner =
        cloudFormation.ownerOf(PhysicalResourceId) ??
        [...cloudFormation.stacks.values()].findLast(({ resources }) =>
          [...resources.values()].some(({ physicalId }) => physicalId === PhysicalResourceId),
        );
      if (!owner) throw new FakeRefusal('ValidationError', `Stack for ${PhysicalResourceId} does not exist`);
      return {
        StackResources: [
          {
            StackName: owner.name,
            StackId: owner.id,
            // Another one of its resources: the answer has up to 100.
            PhysicalResourceId: 'any',
            LogicalResourceId: 'Any',
            ResourceType: 'Any',
            ResourceStatus: 'CREATE_COMPLETE',
            Timestamp: new Date().toISOString(),
          },
        ],
      };
    }
    case 'GetTemplate':
      return { TemplateBody: cloudFormation.required(StackName).text };
    case 'ListChangeSets':
      return { Summaries: [...cloudFormation.required(StackName).changeSets.values()].map(({ name }) => ({ ChangeSetName: name })) };
    case 'CreateChangeSet':
      return cloudFormation.createChangeSet({
        stack: StackName,
        name: ChangeSetName,
        type: form['ChangeSetType'] ?? '',
        text: form['TemplateBody'] ?? objectAt(buckets, form['TemplateURL'] ?? ''),
        parameters: Object.fromEntries(
          members(form, 'Parameters').map((at) => [form[`${at}.ParameterKey`] ?? '', form[`${at}.ParameterValue`]]),
        ),
        imports: Object.fromEntries(
          members(form, 'ResourcesToImport').map((at) => [
            form[`${at}.LogicalResourceId`] ?? '',
            form[`${at}.ResourceIdentifier.entry.1.value`] ?? '',
          ]),
        ),
      });
    case 'DescribeChangeSet':
      return cloudFormation.describeChangeSet(ChangeSetName, NextToken);
    case 'DescribeEvents':
      return {
        OperationEvents: (cloudFormation.refusedChangeSet?.problems ?? []).map((ValidationStatusReason) => ({
          EventId: 'event',
          LogicalResourceId: 'Ledger',
          ValidationStatus: 'FAILED',
          ValidationStatusReason,
        })),
      };
    case 'ExecuteChangeSet':
      cloudFormation.execute(ChangeSetName);
      return {};
    case 'DeleteChangeSet':
      cloudFormation.changeSet(ChangeSetName).stack.changeSets.delete(ChangeSetName);
      return {};
    case 'DeleteStack':
      cloudFormation.delete(StackName);
      return {};
    case 'DescribeStackEvents':
      return cloudFormation.events(StackName, NextToken);
    default:
      throw new FakeRefusal('InvalidAction', `The fake has no action ${action}`);
  }
}

/** The beginnings of the names of a list's members: `Parameters.member.1`. */
function members(form: Record<string, string>, list: string): string[] {
  const numbers = Object.keys(form).flatMap((name) => new RegExp(`^${list}\\.member\\.(\\d+)\\.`).exec(name)?.[1] ?? []);
  return [...new Set(numbers)].map((number) => `${list}.member.${number}`);
}

function objectAt(buckets: FakeWorld['buckets'], url: string): string {
  const [, bucket = '', ...key] = new URL(url).pathname.split('/');
  const object = buckets.get(bucket)?.objects.get(key.join('/'));
  if (!object) throw new FakeRefusal('ValidationError', 'S3 error: Access Denied');
  return object.body.toString('utf8');
}

function serveS3(
  { buckets }: FakeAws,
  request: IncomingMessage,
  response: ServerResponse,
  { bucket: name, key, body }: { bucket: string; key: string; body: Buffer },
): void {
  const bucket = buckets.get(name);
  if (!bucket) throw new FakeRefusal('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket.owner !== request.headers['x-amz-expected-bucket-owner']) throw new FakeRefusal('AccessDenied', 'Access Denied', 403);
  response.setHeader('x-amz-bucket-region', bucket.region);
  if (bucket.region !== fakeRegion) return void response.writeHead(301).end();
  if (key === '') return void response.end();
  if (request.method === 'PUT') {
    const checksum = request.headers['x-amz-checksum-sha256'];
    bucket.objects.set(key, { body, checksum: typeof checksum === 'string' ? checksum : undefined });
    return void response.end();
  }
  const object = bucket.objects.get(key);
  if (!object) throw new FakeRefusal('NotFound', 'Not Found', 404);
  if (object.checksum !== undefined) response.setHeader('x-amz-checksum-sha256', object.checksum);
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
