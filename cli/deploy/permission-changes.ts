import * as z from 'zod';
import { resourceName } from './resource-name.ts';
import type { Template } from './written-folder.ts';

/** What a resource permits, or no longer permits. */
export interface PermissionChange {
  /** The logical id of the role, policy or permission. */
  id: string;
  added: string[];
  removed: string[];
}

const texts = z.union([z.unknown().array(), z.unknown().transform((one) => [one])]);
const Statement = z.object({
  Effect: z.string(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.default([]),
  Principal: z.unknown().optional(),
  Condition: z.unknown().optional(),
});

/** A template, and the values of its parameters. */
export interface Permitting {
  template: Template;
  values: Record<string, string>;
}

/**
 * What two templates permit differently, in text. A statement that lists another resource or action is not shown whole, only what is new or gone.
 *
 * @param before undefined for a stack that does not exist yet
 */
export function permissionChanges(before: Permitting | undefined, after: Permitting): PermissionChange[] {
  const ids = new Set([before, after].flatMap((one) => Object.keys(one?.template.Resources ?? {})));
  return [...ids].flatMap((id) => {
    const [was, is] = [before, after].map((one) => permissionsOf(one?.template.Resources[id], one?.values ?? {}));
    const added = [...(is ?? [])].filter(([key]) => !was?.has(key)).map(([, permission]) => permission);
    const removed = [...(was ?? [])].filter(([key]) => !is?.has(key)).map(([, permission]) => permission);
    return added.length + removed.length > 0 ? [{ id, added: inWords(added), removed: inWords(removed) }] : [];
  });
}

/** One action on one resource. */
interface Permission {
  /** `Allow`, `Deny` */
  effect: string;
  action: string;
  resource: string;
  /** Of whom and under which condition. */
  rest: string;
}

function permissionsOf(resource: Template['Resources'][string] | undefined, values: Record<string, string>): Map<string, Permission> {
  const found = new Map<string, Permission>();
  for (const [effect, policy] of policiesOf(resource)) {
    const permission = { effect, action: textOf(policy, values), resource: '', rest: '' };
    found.set(JSON.stringify(permission), permission);
  }
  for (const { Effect: effect, Action, NotAction = [], Resource, Principal, Condition } of statementsIn(resource)) {
    const rest = [
      Principal === undefined ? '' : ` for ${principalText(Principal, values)}`,
      Condition === undefined ? '' : ` if ${textOf(Condition, values)}`,
    ].join('');
    const actions = Action?.map((action) => textOf(action, values)) ?? [
      `all but ${NotAction.map((one) => textOf(one, values)).join(', ')}`,
    ];
    for (const action of actions)
      for (const on of Resource.length > 0 ? Resource : [undefined]) {
        const permission = { effect, action, resource: on === undefined ? '' : textOf(on, values), rest };
        found.set(JSON.stringify(permission), permission);
      }
  }
  return found;
}

/** Policies that a role only names. */
function policiesOf(resource: Template['Resources'][string] | undefined): [effect: string, policy: unknown][] {
  if (!resource?.Type.startsWith('AWS::IAM::')) return [];
  const { ManagedPolicyArns, PermissionsBoundary: boundary } = resource.Properties ?? {};
  const managed = z.unknown().array().safeParse(ManagedPolicyArns).data ?? [];
  return [
    ...managed.map((policy): [string, unknown] => ['Managed policy', policy]),
    ...(boundary === undefined ? [] : [['Permissions boundary', boundary] satisfies [string, unknown]]),
  ];
}

function statementsIn(resource: Template['Resources'][string] | undefined): z.output<typeof Statement>[] {
  if (resource?.Type === 'AWS::Lambda::Permission') {
    const { Action, FunctionName, Principal, SourceArn } = resource.Properties ?? {};
    const condition = SourceArn === undefined ? {} : { Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } } };
    return [Statement.parse({ Effect: 'Allow', Action, Resource: FunctionName, Principal, ...condition })];
  }
  return documentsIn(resource?.Properties ?? {});
}

/** Statements at any depth: a role has them in two places, a key and a bucket's policy in one. */
function documentsIn(value: unknown): z.output<typeof Statement>[] {
  if (Array.isArray(value)) return value.flatMap(documentsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { data } = z.object({ Statement: z.union([Statement.array(), Statement.transform((one) => [one])]) }).safeParse(value);
  return data?.Statement ?? Object.values(value).flatMap(documentsIn);
}

/** Puts together what has the same resources, and then what has the same actions. */
function inWords(permissions: readonly Permission[]): string[] {
  const byResource = grouped(permissions, ({ effect, resource, rest }) => [effect, resource, rest]).map((same) => ({
    ...same[0],
    action: sorted(same.map(({ action }) => action)),
  }));
  return grouped(byResource, ({ effect, action, rest }) => [effect, action, rest]).map((same) => {
    const [{ effect, action, rest }] = same;
    const resources = sorted(same.map(({ resource }) => resource));
    return `${effect} ${action}${resources === '' ? '' : ` on ${resources}`}${rest}`;
  });
}

function grouped<T>(all: readonly T[], key: (one: T) => string[]): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const group = groups.get(key(one).join('\n'));
    if (group) group.push(one);
    else groups.set(key(one).join('\n'), [one]);
  }
  return [...groups.values()];
}

function sorted(all: readonly string[]): string {
  return [...all].sort().join(', ');
}

function principalText(principal: unknown, values: Record<string, string>): string {
  const { data } = z.record(z.string(), z.unknown()).safeParse(principal);
  if (!data) return textOf(principal, values);
  return Object.values(data)
    .flat()
    .map((one) => textOf(one, values))
    .join(', ');
}

/** A value of a template as text, with `{Ledger}` for what only the deploy knows. */
function textOf(value: unknown, values: Record<string, string>): string {
  if (typeof value === 'string') return value.replace(/\$\{([\w:]+)\}/g, (_, name: string) => values[name] ?? `{${resourceName(name)}}`);
  if (typeof value !== 'object' || value === null) return String(value);
  const known = Intrinsic.safeParse(value).data;
  if (!known) return JSON.stringify(value, (_, inner) => (Intrinsic.safeParse(inner).success ? textOf(inner, values) : inner));
  if ('Ref' in known) return values[known.Ref] ?? `{${resourceName(known.Ref)}}`;
  if ('Fn::GetAtt' in known) return `{${resourceName(known['Fn::GetAtt'][0])}}`;
  if ('Fn::Sub' in known) return textOf(known['Fn::Sub'], values);
  const [separator, parts] = known['Fn::Join'];
  return parts.map((part) => textOf(part, values)).join(separator);
}

const Intrinsic = z.union([
  z.strictObject({ Ref: z.string() }),
  z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
  z.strictObject({ 'Fn::Sub': z.string() }),
  z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.unknown().array()]) }),
]);
