import { httpExchange, isSuccess } from '../http/http-exchange.ts';
import { Signature } from '../http/signature.ts';
import type { Caller } from '../services/service-request.ts';

/** What a principal wants to do to one resource. */
export interface AskedActions {
  actions: readonly string[];
  /** ARN */
  resource: string;
  /** Values that the request would have, by the keys of conditions. */
  context?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Thrown if IAM refuses to say; `name` is the name that IAM gives, such as `AccessDenied`. */
export class IamRefused extends Error {
  constructor(name: string, action: string) {
    super(`IAM answered ${action} with ${name}.`);
    this.name = name;
  }
}

const timeoutMs = 5000;

/**
 * The policies of whom a caller's ARN names: `arn:aws:sts::1:assumed-role/Operator/ann` has those of the role `Operator`. Undefined of a federated user,
 * which IAM does not simulate, and of the root user, who may do everything.
 *
 * @returns the ARN as far as it is known: that of an assumed role does not say the path of the role
 */
export function principalOf(callerArn: string): { arn: string; role?: string | undefined } | undefined {
  const [, partition, account, role] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(callerArn) ?? [];
  if (role !== undefined) return { arn: `arn:${partition}:iam::${account}:role/${role}`, role };
  return /^arn:[^:]+:iam::\d+:(user|role)\//.test(callerArn) ? { arn: callerArn } : undefined;
}

/**
 * Which of the actions a principal may not do, by its own policies, boundaries and those of its organization. Policies of resources do not count.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 *
 * @throws IamRefused
 * @throws NoAnswer: when IAM does not answer
 */
export async function deniedOf(principal: string, { actions, resource, context = {} }: AskedActions, caller: Caller): Promise<string[]> {
  const answer = await ask(
    'SimulatePrincipalPolicy',
    {
      PolicySourceArn: principal,
      ...numbered('ActionNames', actions),
      ...numbered('ResourceArns', [resource]),
      ...Object.fromEntries(
        Object.entries(context).flatMap(([name, values], index) => {
          const entry = `ContextEntries.member.${index + 1}`;
          return [
            [`${entry}.ContextKeyName`, name],
            [`${entry}.ContextKeyType`, 'stringList'],
            ...Object.entries(numbered(`${entry}.ContextKeyValues`, values)),
          ];
        }),
      ),
    },
    caller,
  );
  // Each result has one of both, in an order that IAM does not promise.
  const [names, decisions] = ['EvalActionName', 'EvalDecision'].map((tag) => textsOf(answer, tag));
  return actions.filter((action) => decisions?.[names?.indexOf(action) ?? -1] !== 'allowed');
}

/** The ARN of a role with its path. @throws IamRefused @throws NoAnswer */
export async function roleArn(name: string, caller: Caller): Promise<string> {
  const answer = await ask('GetRole', { RoleName: name }, caller);
  const [, arn] = /<Arn>([^<\s]+)<\/Arn>/.exec(answer) ?? [];
  if (arn === undefined) throw new IamRefused('an answer without an ARN', 'GetRole');
  return arn;
}

async function ask(action: string, fields: Readonly<Record<string, string>>, caller: Caller): Promise<string> {
  const { url, region } = placeOf(caller);
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...fields }).toString();
  const contentType = 'application/x-www-form-urlencoded';
  const { host: _, ...headers } = new Signature(caller.credentials, region, 'iam').headersOf(
    { path: '/', headers: { host: url.host, 'content-type': contentType }, body },
    new Date(),
  );
  const answer = await httpExchange(new URL('/', url), { method: 'POST', headers, body, timeoutMs });
  if (isSuccess(answer)) return answer.body;
  throw new IamRefused(textsOf(answer.body, 'Code')[0] ?? `HTTP ${answer.status}`, action);
}

/** IAM has one endpoint for each partition: https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
function placeOf({ endpoint, region }: Caller): { url: URL; region: string } {
  const of = (host: string, signed: string) => ({ url: new URL(endpoint ?? `https://${host}`), region: signed });
  if (region.startsWith('cn-')) return of('iam.cn-north-1.amazonaws.com.cn', 'cn-north-1');
  if (region.startsWith('us-gov-')) return of('iam.us-gov.amazonaws.com', 'us-gov-west-1');
  return of('iam.amazonaws.com', 'us-east-1');
}

function numbered(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.member.${index + 1}`, value]));
}

function textsOf(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);
}
