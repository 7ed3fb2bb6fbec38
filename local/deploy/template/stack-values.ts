import * as z from 'zod';
import { account, type Names } from '../../names.ts';
import type { ServiceTemplate } from './service-template.ts';

/** What CloudFormation would know when it resolves a value of the template. */
export interface Stack {
  template: ServiceTemplate;
  names: Pick<Names, 'region' | 'keyArn' | 'readerRoleArn'>;
  /** The version of the functions that this deploy publishes. */
  version: string;
}

const Ref = z.strictObject({ Ref: z.string() });
const GetAtt = z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const Join = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/**
 * Resolves `Ref`, `Fn::GetAtt` and `Fn::Join` in a value, for the resources that local AWS has: the template needs no other function there.
 *
 * @throws Error: when the value needs what local AWS does not have; the message names it
 */
export function resolveValue(stack: Stack, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => resolveValue(stack, element));
  if (typeof value !== 'object' || value === null) return value;
  const ref = Ref.safeParse(value).data;
  if (ref) return referenced(stack, ref.Ref);
  const attribute = GetAtt.safeParse(value).data;
  if (attribute) return attributeOf(stack, ...attribute['Fn::GetAtt']);
  const join = Join.safeParse(value).data;
  if (join) {
    const [separator, parts] = join['Fn::Join'];
    return parts.map((part) => textOf(stack, part)).join(separator);
  }
  const [name = ''] = Object.keys(value);
  if (name.startsWith('Fn::')) throw unknown(name);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolveValue(stack, inner)]));
}

/** @throws Error: when the value is no text */
export function textOf(stack: Stack, value: unknown): string {
  return z.string().parse(resolveValue(stack, value));
}

/** True if the template leaves the value to whoever deploys it. */
export function isParameter({ Parameters }: ServiceTemplate, value: unknown): boolean {
  const { Ref: name } = Ref.safeParse(value).data ?? {};
  return name !== undefined && name in Parameters;
}

function referenced(stack: Stack, name: string): string {
  const { template, names } = stack;
  const pseudo: Record<string, string> = { 'AWS::Region': names.region, 'AWS::AccountId': account, 'AWS::Partition': 'aws' };
  const known = pseudo[name] ?? template.Parameters[name]?.Default;
  if (known !== undefined) return known;
  const { Type, Properties = {} } = template.Resources[name] ?? {};
  switch (Type) {
    case 'AWS::S3::Bucket':
      return textOf(stack, Properties['BucketName']);
    case 'AWS::DynamoDB::Table':
      return textOf(stack, Properties['TableName']);
    case 'AWS::Lambda::Function':
      return textOf(stack, Properties['FunctionName']);
    case 'AWS::Lambda::Version':
      return `${functionArn(stack, textOf(stack, Properties['FunctionName']))}:${stack.version}`;
    default:
      throw unknown(name);
  }
}

function attributeOf(stack: Stack, name: string, attribute: string): string {
  const { Type, Properties = {} } = stack.template.Resources[name] ?? {};
  switch (`${Type}.${attribute}`) {
    case 'AWS::KMS::Key.Arn':
      return stack.names.keyArn;
    case 'AWS::IAM::Role.Arn':
      return stack.names.readerRoleArn;
    case 'AWS::Lambda::Function.Arn':
      return functionArn(stack, textOf(stack, Properties['FunctionName']));
    case 'AWS::Lambda::Version.Version':
      return stack.version;
    default:
      throw unknown(`${name}.${attribute}`);
  }
}

function functionArn({ names }: Stack, name: string): string {
  return `arn:aws:lambda:${names.region}:${account}:function:${name}`;
}

function unknown(what: string): Error {
  return new Error(
    `Local AWS does not know ${what} of the template: write the template again, with the version of dynamodt that reads it.`,
  );
}
