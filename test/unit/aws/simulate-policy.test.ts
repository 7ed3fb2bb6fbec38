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
let server: ReturnType<typeof createServer>;
let place: OperatorPlace;

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    if (form.get('Action') === 'GetCallerIdentity') return response.end(`<Arn>${caller}</Arn>`);
    asked.push(form);
    if (!/SignedHeaders=.*Signature=[0-9a-f]{64}/.test(request.headers.authorization ?? ''))
      return response.writeHead(400).end('<Code>Unsigned</Code>');
    if (form.get('Action') === 'GetRole')
      return response.end(`<Role><RoleName>${form.get('RoleName')}</RoleName><Arn>${known.arn}</Arn></Role>`);
    if (form.get('PolicySourceArn') !== known.arn) return response.writeHead(404).end('<Error><Code>NoSuchEntity</Code></Error>');
    const actions = [...form].flatMap(([name, value]) => (name.startsWith('ActionNames.') ? [value] : []));
    response.end(`<EvaluationResults>${actions.map(resultOf).join('')}</EvaluationResults>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place = new OperatorPlace({ AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  place.sfn.config.credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
});
afterEach(() => {
  place.close();
  server.close();
});

/** With the parts of an answer that have names like those that matter. */
function resultOf(action: string): string {
  const decision = known.may.includes(action) ? 'allowed' : 'implicitDeny';
  return `<member><MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member></MatchedStatements><EvalResourceName>*</EvalResourceName><EvalDecision>${decision}</EvalDecision><EvalActionName>${action}</EvalActionName><ResourceSpecificResults><member><EvalResourceName>*</EvalResourceName><EvalResourceDecision>${decision}</EvalResourceDecision></member></ResourceSpecificResults></member>`;
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
    'ContextEntries.member.1.ContextKeyName': 'dynamodb:LeadingKeys',
    'ContextEntries.member.1.ContextKeyType': 'stringList',
    'ContextEntries.member.1.ContextKeyValues.member.1': 'holds#doctor',
  });
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
