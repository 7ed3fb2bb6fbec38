import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const account = '000000000000';
export const region = 'us-east-1';

export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties have no types here
  Properties: any;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  DependsOn?: string[];
}

/** A synthesised template with its references filled in, as CloudFormation would in an account. */
export class ResolvedTemplate {
  readonly #resources: Record<string, Resource>;

  /** @param outdir of an app that was synthesised */
  constructor(outdir: string, stack: string) {
    this.#resources = JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8')).Resources;
  }

  /** Of a type, by logical id. */
  all(type: string): [string, Resource][] {
    return Object.entries(this.#resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, this.resolve(resource)]);
  }

  ids(): string[] {
    return Object.keys(this.#resources);
  }

  /** The one of a type whose properties include these. */
  one(type: string, properties: Record<string, unknown> = {}): Resource {
    const found = this.all(type).filter(([, { Properties }]) =>
      Object.entries(properties).every(([name, value]) => Properties?.[name] === value),
    );
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources of ${type} with ${JSON.stringify(properties)}`);
    return found[0][1];
  }

  /** All statements of the role that a function or state machine works in, or of a role by its logical id. */
  statementsOf(role: string): Statement[] {
    const id = role.startsWith('arn:') ? role.slice(role.lastIndexOf('/') + 1) : role;
    const inline = this.resolve(this.#resources[id]?.Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[];
    const attached = this.all('AWS::IAM::Policy').filter(([, { Properties }]) => Properties.Roles.includes(id));
    const managed = (this.resolve(this.#resources[id]?.Properties.ManagedPolicyArns ?? []) as string[]).flatMap(
      (arn) => this.resolve(this.#resources[arn]?.Properties ?? []) as { PolicyDocument: { Statement: Statement[] } }[],
    );
    return [...inline, ...managed, ...attached.map(([, { Properties }]) => Properties)].flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's values have no types here
  resolve(value: any): any {
    if (Array.isArray(value)) return value.map((element) => this.resolve(element)).filter((element) => element !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const [[name = '', argument] = []] = Object.entries(value);
    if (Object.keys(value).length === 1) {
      if (name === 'Ref') return this.#ref(argument as string);
      if (name === 'Fn::GetAtt') return this.#attribute(argument as [string, string]);
      if (name === 'Fn::Join') return this.resolve((argument as [string, unknown[]])[1]).join((argument as [string, unknown[]])[0]);
      if (name === 'Fn::Sub') return String(argument).replace(/\$\{([\w:]+)\}/g, (_, reference: string) => this.#ref(reference));
      if (name === 'Fn::ImportValue') return String(argument).replace(/^.*ExportsOutput(?:FnGetAtt|Ref)/, 'imported-');
      if (name.startsWith('Fn::')) throw new Error(`${name} is not resolved`);
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.resolve(inner)]));
  }

  #ref(id: string): string {
    const pseudo: Record<string, string> = {
      'AWS::AccountId': account,
      'AWS::Region': region,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackId': 'stack-id',
    };
    if (pseudo[id]) return pseudo[id];
    const resource = this.#resources[id];
    if (!resource) return `parameter-${id}`;
    const named: Record<string, string> = {
      'AWS::DynamoDB::Table': 'TableName',
      'AWS::DynamoDB::GlobalTable': 'TableName',
      'AWS::S3::Bucket': 'BucketName',
      'AWS::Logs::LogGroup': 'LogGroupName',
      'AWS::Lambda::Function': 'FunctionName',
    };
    if (resource.Type === 'AWS::SNS::Topic') return `arn:aws:sns:${region}:${account}:${id}`;
    if (resource.Type === 'AWS::StepFunctions::StateMachine')
      return `arn:aws:states:${region}:${account}:stateMachine:${resource.Properties.StateMachineName}`;
    if (resource.Type === 'AWS::Lambda::Version')
      return `arn:aws:lambda:${region}:${account}:function:${this.#ref(resource.Properties.FunctionName.Ref)}:1`;
    return this.resolve(resource.Properties?.[named[resource.Type] ?? ''] ?? id);
  }

  #attribute([id, attribute]: [string, string]): string {
    const resource = this.#resources[id];
    const name = this.#ref(id);
    const arns: Record<string, string> = {
      'AWS::DynamoDB::Table': `arn:aws:dynamodb:${region}:${account}:table/${name}`,
      'AWS::DynamoDB::GlobalTable': `arn:aws:dynamodb:${region}:${account}:table/${name}`,
      'AWS::KMS::Key': `arn:aws:kms:${region}:${account}:key/${id}`,
      'AWS::S3::Bucket': `arn:aws:s3:::${name}`,
      'AWS::Logs::LogGroup': `arn:aws:logs:${region}:${account}:log-group:${name}:*`,
      'AWS::Lambda::Function': `arn:aws:lambda:${region}:${account}:function:${name}`,
      'AWS::IAM::Role': `arn:aws:iam::${account}:role/${id}`,
      'AWS::StepFunctions::StateMachine': name,
      'AWS::Events::Rule': `arn:aws:events:${region}:${account}:rule/${id}`,
      'AWS::CloudWatch::Alarm': `arn:aws:cloudwatch:${region}:${account}:alarm:${id}`,
      'AWS::CloudWatch::CompositeAlarm': `arn:aws:cloudwatch:${region}:${account}:alarm:${id}`,
    };
    const arn = arns[resource?.Type ?? ''];
    if (arn && attribute === 'StreamArn') return `${arn}/stream/latest`;
    if (arn && /Arn$/.test(attribute)) return arn;
    return `${id}.${attribute}`;
  }
}
