import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OperatorAccount } from '../../../aws/operator/operator-account.ts';
import { OperatorPlace } from '../../../aws/operator/operator-place.ts';
import { principalOf } from '../../../aws/operator/simulate-policy.ts';

/** STS and IAM at one address, as the SDK's environment names it. */
let caller: string;
/** ARN of the only principal that IAM knows, and what it may do. */
let known: { arn: string; may: readonly string[] };
let asked: URLSearchParams[];
/** Bodies of requests to IAM, as they came. */
let bodies: string[];
/** What IAM answers first, before all else. */
let refusals: { status: number; code: string }[];
/** Max results that IAM gives at a time. */
let maxResults: number;
/** Stands in each result besides. */
let limits: string;
let server: ReturnType<typeof createServer>;
let place: OperatorPlace;

beforeEach(async () => {
  asked = [];
  bodies = [];
  refusals = [];
  maxResults = 100;
  limits = '';
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    if (form.get('Action') === 'GetCallerIdentity') return response.end(`<Arn>${caller}</Arn>`);
    asked.push(form);
    bodies.push(body);
    if (!/SignedHeaders=.*Signature=[0-9a-f]{64}/.test(request.headers.authorization ?? ''))
      return response.writeHead(400).end('<Code>Unsigned</Code>');
    const refusal = refusals.shift();
    if (refusal) return response.writeHead(refusal.status).end(errorOf(refusal.code));
    if (form.get('Action') === 'GetRole')
      return response.end(`<Role><RoleName>${form.get('RoleName')}</RoleName><Arn>${known.arn}</Arn></Role>`);
    if (form.get('PolicySourceArn') !== known.arn) return response.writeHead(404).end(errorOf('NoSuchEntity'));
    const actions = [...form].flatMap(([name, value]) => (name.startsWith('ActionNames.') ? [value] : []));
    const from = Number(form.get('Marker')?.split('&')[1] ?? 0);
    const next = from + maxResults;
    const more =
      next < actions.length ? `<IsTruncated>true</IsTruncated><Marker>m&amp;${next}</Marker>` : '<IsTruncated>false</IsTruncated>';
    const results = actions.slice(from, next).map(resultOf).join('\n');
    response.end(
      `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>${more}<EvaluationResults>${results}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place = new OperatorPlace({ AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  place.sfn.config.credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
});
afterEach(() => {
  place.close();
  server.close();
});

function errorOf(code: string): string {
  return `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
}

/** With the parts of an answer that have names like those that matter. */
function resultOf(action: string): string {
  const decision = known.may.includes(action) ? 'allowed' : 'implicitDeny';
  return `<member><MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member></MatchedStatements><EvalResourceName>*</EvalResourceName><EvalDecision>${decision}</EvalDecision><EvalActionName>${action}</EvalActionName><ResourceSpecificResults><member><EvalResourceName>*</EvalResourceName><EvalResourceDecision>${decision}</EvalResourceDecision></member></ResourceSpecificResults><MissingContextValues/>${limits}</member>`;
}

const starts = { actions: ['states:StartExecution', 'states:StopExecution'], resource: 'arn:aws:states:eu-west-1:1:stateMachine:m' };
const holds = { actions: ['dynamodb:PutItem'], resource: 'arn:l', context: { 'dynamodb:LeadingKeys': ['holds#doctor'] } };

it('names the actions that a user may not do, each on its resource and with its context', async () => {
  caller = 'arn:aws:iam::123456789012:user/ann';
  known = { arn: caller, may: ['states:StartExecution'] };

  expect(await new OperatorAccount(place).denied([starts, holds])).toEqual([['states:StopExecution'], ['dynamodb:PutItem']]);

  expect(Object.fromEntries(asked[1] ?? [])).toEqual({
    Action: 'SimulatePrincipalPolicy',
    Version: '2010-05-08',
    PolicySourceArn: caller,
    'ActionNames.member.1': 'dynamodb:PutItem',
    'ResourceArns.member.1': 'arn:l',
    'ContextEntries.member.1.ContextKeyName': 'aws:RequestedRegion',
    'ContextEntries.member.1.ContextKeyType': 'string',
    'ContextEntries.member.1.ContextKeyValues.member.1': 'eu-west-1',
    'ContextEntries.member.2.ContextKeyName': 'dynamodb:LeadingKeys',
    'ContextEntries.member.2.ContextKeyType': 'stringList',
    'ContextEntries.member.2.ContextKeyValues.member.1': 'holds#doctor',
  });
});

it('sends what the client of the SDK sends, byte for byte', async () => {
  caller = 'arn:aws:iam::123456789012:user/ann';
  known = { arn: caller, may: [] };
  await new OperatorAccount(place).denied([
    { actions: ['dynamodb:PutItem', 'states:X'], resource: 'arn:aws:dynamodb:eu-west-1:1:table/l', context: holds.context },
  ]);
  // Written down from @aws-sdk/client-iam 3, whose input had the same order.
  expect(bodies).toEqual([
    'Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fann&ActionNames.member.1=dynamodb%3APutItem&ActionNames.member.2=states%3AX&ResourceArns.member.1=arn%3Aaws%3Adynamodb%3Aeu-west-1%3A1%3Atable%2Fl&ContextEntries.member.1.ContextKeyName=aws%3ARequestedRegion&ContextEntries.member.1.ContextKeyValues.member.1=eu-west-1&ContextEntries.member.1.ContextKeyType=string&ContextEntries.member.2.ContextKeyName=dynamodb%3ALeadingKeys&ContextEntries.member.2.ContextKeyValues.member.1=holds%23doctor&ContextEntries.member.2.ContextKeyType=stringList',
  ]);
});

it('asks for the rest of the results, if IAM gives them in parts', async () => {
  caller = 'arn:aws:iam::123456789012:user/ann';
  known = { arn: caller, may: ['s3:b', 's3:c'] };
  maxResults = 1;
  expect(await new OperatorAccount(place).denied([{ actions: ['s3:a', 's3:b', 's3:c'], resource: 'arn:b' }])).toEqual([['s3:a']]);
  expect(asked.map((form) => form.get('Marker'))).toEqual([null, 'm&1', 'm&2']);
});

it.each([
  '<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>',
  '<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>',
])('holds for denied what its policies allow and %s does not', async (detail) => {
  caller = 'arn:aws:iam::123456789012:user/ann';
  known = { arn: caller, may: starts.actions };
  limits = detail;
  expect(await new OperatorAccount(place).denied([starts])).toEqual([starts.actions]);
});

it('asks for the path of a role also if it may simulate only the whole ARN', async () => {
  caller = 'arn:aws:sts::123456789012:assumed-role/Operator/ann';
  known = { arn: 'arn:aws:iam::123456789012:role/team/Operator', may: starts.actions };
  refusals = [{ status: 403, code: 'AccessDenied' }];
  expect(await new OperatorAccount(place).denied([starts])).toEqual([[]]);

  known = { ...known, arn: 'arn:aws:iam::123456789012:role/Operator' };
  refusals = [{ status: 403, code: 'AccessDenied' }];
  await expect(new OperatorAccount(place).denied([starts])).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('tries again if IAM throttles, or is at fault', async () => {
  caller = 'arn:aws:iam::123456789012:user/ann';
  known = { arn: caller, may: starts.actions };
  refusals = [
    { status: 400, code: 'Throttling' },
    { status: 500, code: 'PolicyEvaluation' },
  ];
  expect(await new OperatorAccount(place).denied([starts])).toEqual([[]]);
  expect(asked).toHaveLength(3);
});

it('asks for the path of a role that an assumed role does not tell', async () => {
  caller = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Operator_1/ann@example.com';
  known = { arn: 'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operator_1', may: starts.actions };

  expect(await new OperatorAccount(place).denied([starts])).toEqual([[]]);
  expect(asked.map((form) => form.get('Action'))).toEqual(['SimulatePrincipalPolicy', 'GetRole', 'SimulatePrincipalPolicy']);
});

it('throws the name of what IAM answers', async () => {
  caller = 'arn:aws:iam::123456789012:user/ann';
  known = { arn: 'arn:other', may: [] };
  await expect(new OperatorAccount(place).denied([starts])).rejects.toMatchObject({ name: 'NoSuchEntity' });
});

it.each([
  ['arn:aws:sts::1:assumed-role/Operator/ann', { arn: 'arn:aws:iam::1:role/Operator', role: 'Operator' }],
  ['arn:aws-cn:iam::1:user/team/ann', { arn: 'arn:aws-cn:iam::1:user/team/ann' }],
  ['arn:aws:sts::1:federated-user/ann', undefined],
  ['arn:aws:iam::1:root', undefined],
])('has the policies of %s at %o', (arn, principal) => {
  expect(principalOf(arn)).toEqual(principal);
});
