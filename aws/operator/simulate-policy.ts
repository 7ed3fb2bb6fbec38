import { type HttpAnswer, httpExchange, isSuccess } from '../http/http-exchange.ts';
import { Signature } from '../http/signature.ts';
import type { Caller } from '../services/service-request.ts';
import { isTransient } from '../table/statement-error.ts';

/** What a principal wants to do to one resource. */
export interface AskedActions {
  actions: readonly string[];
  /** ARN */
  resource: string;
  /** Values that the request would have, by the keys of conditions: a list for a key of several values. */
  context?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** Thrown if IAM refuses to say; `name` is the name that IAM gives, such as `AccessDenied`. */
export class IamRefused extends Error {
  constructor(name: string, action: string) {
    super(`IAM answered ${action} with ${name}.`);
    this.name = name;
  }
}

const timeoutMs = 5000;
const maxTries = 4;

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
  const entries = Object.entries({ 'aws:RequestedRegion': caller.region, ...context });
  const question = {
    PolicySourceArn: principal,
    ...numbered('ActionNames', actions),
    ...numbered('ResourceArns', [resource]),
    ...Object.assign({}, ...entries.map(([name, value], index) => contextEntry(`ContextEntries.member.${index + 1}`, name, value))),
  };
  const allowed = new Set<string>();
  let marker: string | undefined;
  do {
    // IAM may give a part of the results, also if they are few.
    const answer = await ask('SimulatePrincipalPolicy', marker === undefined ? question : { ...question, Marker: marker }, caller);
    for (const result of resultsIn(answer)) {
      const [action = ''] = textsOf(result, 'EvalActionName');
      if (isAllowed(result)) allowed.add(action);
    }
    marker = textsOf(answer, 'IsTruncated')[0] === 'true' ? unescaped(textsOf(answer, 'Marker')[0]) : undefined;
  } while (marker !== undefined);
  return actions.filter((action) => !allowed.has(action));
}

function contextEntry(entry: string, name: string, value: string | readonly string[]): Record<string, string> {
  const isList = typeof value !== 'string';
  return {
    [`${entry}.ContextKeyName`]: name,
    ...numbered(`${entry}.ContextKeyValues`, isList ? value : [value]),
    [`${entry}.ContextKeyType`]: isList ? 'stringList' : 'string',
  };
}

/** A boundary, or a policy of the organization, can forbid what the policies of the principal allow. */
function isAllowed(result: string): boolean {
  const limits = [...textsOf(result, 'AllowedByPermissionsBoundary'), ...textsOf(result, 'AllowedByOrganizations')];
  return textsOf(result, 'EvalDecision')[0] === 'allowed' && !limits.includes('false');
}

/** The text of each result. A result has lists of its own, whose members are called the same. */
function resultsIn(answer: string): string[] {
  const [, list = ''] = /<EvaluationResults>([\s\S]*)<\/EvaluationResults>/.exec(answer) ?? [];
  const results: string[] = [];
  let [depth, from] = [0, 0];
  for (const { 0: tag, index } of list.matchAll(/<\/?member>/g)) {
    if (tag === '<member>' && depth++ === 0) from = index;
    if (tag === '</member>' && --depth === 0) results.push(list.slice(from, index));
  }
  return results;
}

/** The ARN of a role with its path. @throws IamRefused @throws NoAnswer */
export async function roleArn(name: string, caller: Caller): Promise<string> {
  const answer = await ask('GetRole', { RoleName: name }, caller);
  const [, arn] = /<Arn>([^<\s]+)<\/Arn>/.exec(answer) ?? [];
  if (arn === undefined) throw new IamRefused('an answer without an ARN', 'GetRole');
  return arn;
}

async function ask(action: string, fields: Readonly<Record<string, string>>, caller: Caller): Promise<string> {
  for (let tries = 1; ; tries++) {
    const answer = await send({ Action: action, Version: '2010-05-08', ...fields }, caller);
    if (isSuccess(answer)) return answer.body;
    const name = textsOf(answer.body, 'Code')[0] ?? `HTTP ${answer.status}`;
    // Simulations are throttled early, and several are asked for at a time.
    if (tries >= maxTries || !(isTransient(name) || answer.status >= 500)) throw new IamRefused(name, action);
    await caller.sleep(500 * 2 ** tries);
  }
}

function send(form: Readonly<Record<string, string>>, caller: Caller): Promise<HttpAnswer> {
  const { url, region } = placeOf(caller);
  const body = new URLSearchParams(form).toString();
  const contentType = 'application/x-www-form-urlencoded';
  const { host: _, ...headers } = new Signature(caller.credentials, region, 'iam').headersOf(
    { path: '/', headers: { host: url.host, 'content-type': contentType }, body },
    new Date(),
  );
  return httpExchange(new URL('/', url), { method: 'POST', headers, body, timeoutMs });
}

/** IAM has one endpoint for each partition: https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
function placeOf({ endpoint, region }: Caller): { url: URL; region: string } {
  const of = (host: string, signed: string) => ({ url: new URL(endpoint ?? `https://${host}`), region: signed });
  if (region.startsWith('cn-')) return of('iam.cn-north-1.amazonaws.com.cn', 'cn-north-1');
  if (region.startsWith('us-gov-')) return of('iam.us-gov.amazonaws.com', 'us-gov-west-1');
  if (region.startsWith('eusc-')) return of('iam.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1');
  return of('iam.amazonaws.com', 'us-east-1');
}

function numbered(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.member.${index + 1}`, value]));
}

/** https://www.w3.org/TR/xml/#sec-predefined-ent */
function unescaped(text: string | undefined): string | undefined {
  const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (entity, name: string) => characters[name] ?? entity);
}

function textsOf(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);
}
