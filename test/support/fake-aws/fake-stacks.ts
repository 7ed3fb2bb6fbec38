import { FakeRefusal } from './fake-refusal.ts';

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  DeletionPolicy?: string;
}
interface Template {
  Description?: string;
  Parameters?: Record<string, { Default?: string }>;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
}
interface Created {
  type: string;
  physicalId: string;
  status: string;
}
interface Event {
  EventId: string;
  StackId: string;
  StackName: string;
  LogicalResourceId: string;
  PhysicalResourceId: string;
  ResourceType: string;
  ResourceStatus: string;
  ResourceStatusReason: string | undefined;
  Timestamp: string;
}
interface PlannedResource {
  Type: 'Resource';
  ResourceChange: {
    Action: string;
    LogicalResourceId: string;
    ResourceType: string;
    Replacement?: string;
    PolicyAction?: string;
    Details?: Detail[];
  };
}
interface Detail {
  Target: { Attribute: string; Name: string; RequiresRecreation: string };
  Evaluation: 'Static' | 'Dynamic';
  ChangeSource: string;
}
interface ChangeSet {
  name: string;
  id: string;
  type: string;
  text: string;
  template: Template;
  parameters: Record<string, string>;
  imports: Record<string, string>;
  changes: PlannedResource[];
  reason: string | undefined;
  isObsolete: boolean;
  polls: number;
}
export interface FakeStack {
  name: string;
  id: string;
  status: string;
  text: string;
  description: string | undefined;
  isProtected: boolean;
  parameters: Record<string, string>;
  resources: Map<string, Created>;
  outputs: Record<string, string>;
  /** Newest first. */
  events: Event[];
  /** What happens next, one step after the other. */
  coming: (() => void)[];
  changeSets: Map<string, ChangeSet>;
}

export interface FakeBucket {
  owner: string;
  region: string;
  objects: Map<string, { body: Buffer; checksum: string | undefined }>;
  /** As a stack set them. */
  properties?: Record<string, unknown>;
}

/** What exists in the fake account, whichever stack it is of. */
export interface FakeWorld {
  /** Names of tables, with the ARN of the key of each. */
  tables: Map<string, string | undefined>;
  keys: Map<string, { description: string; state: string }>;
  buckets: Map<string, FakeBucket>;
}

export const fakeAccount = '123456789012';
export const fakeRegion = 'eu-central-1';

/** Properties whose change replaces a resource. */
const identity = ['TableName', 'FunctionName', 'BucketName', 'RoleName', 'KeySchema'];
/** Property that gives a resource its physical name. */
const naming: Record<string, string> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Lambda::Function': 'FunctionName',
};

/** CloudFormation as far as a deploy meets it: change sets, their execution with events, rollbacks, imports and deletions. */
export class FakeStacks {
  readonly stacks = new Map<string, FakeStack>();
  /** Logical ids that fail, with the reason. */
  readonly failing = new Map<string, string>();
  /** Steps that happen between two requests for events. */
  stepsForPoll = 1000;
  eventsOfPage = 100;
  /** Polls until a change set is computed. */
  pollsForChangeSet = 1;
  /** Why the next change set is refused, and what DescribeEvents says of it. */
  refusedChangeSet: { reason: string; problems: string[] } | undefined;
  readonly #world: FakeWorld;
  #count = 0;

  constructor(world: FakeWorld) {
    this.#world = world;
  }

  named(nameOrId: string): FakeStack | undefined {
    return [...this.stacks.values()].findLast(
      ({ name, id, status }) => id === nameOrId || (name === nameOrId && status !== 'DELETE_COMPLETE'),
    );
  }

  required(nameOrId: string): FakeStack {
    const stack = this.named(nameOrId);
    if (!stack) throw new FakeRefusal('ValidationError', `Stack with id ${nameOrId} does not exist`);
    return stack;
  }

  /** A stack that somebody made with another tool. */
  add(name: string, template: object, status = 'CREATE_COMPLETE', parameters: Record<string, string> = {}): FakeStack {
    const stack = this.#newStack(name);
    const text = JSON.stringify(template);
    const { Resources, Description }: Template = JSON.parse(text);
    Object.assign(stack, { status, text, description: Description, parameters });
    for (const [id, resource] of Object.entries(Resources)) this.#create(stack, id, resource, undefined);
    return stack;
  }

  createChangeSet(asked: {
    stack: string;
    name: string;
    type: string;
    text: string;
    parameters: Record<string, string | undefined>;
    imports: Record<string, string>;
  }): { Id: string; StackId: string } {
    const found = this.named(asked.stack);
    if (found?.status.endsWith('_IN_PROGRESS') && found.status !== 'REVIEW_IN_PROGRESS')
      throw new FakeRefusal('ValidationError', `Stack:${found.id} is in ${found.status} state and can not be updated.`);
    if (asked.type === 'UPDATE' && !found) throw new FakeRefusal('ValidationError', `Stack [${asked.stack}] does not exist`);
    if (asked.type !== 'UPDATE' && found && found.status !== 'REVIEW_IN_PROGRESS')
      throw new FakeRefusal('ValidationError', `Stack [${asked.stack}] already exists and cannot be created again with the changeSet.`);
    if (asked.type === 'UPDATE' && found?.status === 'ROLLBACK_COMPLETE')
      throw new FakeRefusal('ValidationError', `Stack:${found.id} is in ROLLBACK_COMPLETE state and can not be updated.`);
    const stack = found ?? this.#newStack(asked.stack);
    const template: Template = JSON.parse(asked.text);
    const parameters = Object.fromEntries(
      Object.entries(template.Parameters ?? {}).map(([name, { Default }]) => {
        const value = name in asked.parameters ? (asked.parameters[name] ?? stack.parameters[name]) : Default;
        if (value === undefined) throw new FakeRefusal('ValidationError', `Parameters: [${name}] must have values`);
        return [name, value];
      }),
    );
    if (asked.type === 'IMPORT') this.#checkImport(template, asked.imports);
    const id = `arn:aws:cloudformation:${fakeRegion}:${fakeAccount}:changeSet/${asked.name}/${++this.#count}`;
    const changes = this.#changesOf(stack, template, parameters, asked.imports);
    const reason =
      this.refusedChangeSet?.reason ??
      (changes.length === 0
        ? "The submitted information didn't contain changes. Submit different information to create a change set."
        : undefined);
    const { name, type, text, imports } = asked;
    stack.changeSets.set(id, { name, id, type, text, template, parameters, imports, changes, reason, isObsolete: false, polls: 0 });
    return { Id: id, StackId: stack.id };
  }

  changeSet(id: string): { stack: FakeStack; set: ChangeSet } {
    for (const stack of this.stacks.values()) {
      const set = stack.changeSets.get(id);
      if (set) return { stack, set };
    }
    throw new FakeRefusal('ChangeSetNotFound', `ChangeSet [${id}] does not exist`, 404);
  }

  describeChangeSet(id: string, token: string | undefined): object {
    const { set } = this.changeSet(id);
    if (set.polls++ < this.pollsForChangeSet) return { ChangeSetId: id, Status: 'CREATE_IN_PROGRESS' };
    if (set.reason !== undefined) return { ChangeSetId: id, Status: 'FAILED', StatusReason: set.reason };
    const from = Number(token ?? 0);
    const Changes = set.changes.slice(from, from + 50);
    return {
      ChangeSetId: id,
      Status: 'CREATE_COMPLETE',
      Changes,
      NextToken: from + 50 < set.changes.length ? String(from + 50) : undefined,
    };
  }

  execute(id: string): void {
    const { stack, set } = this.changeSet(id);
    if (set.isObsolete || (stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS'))
      throw new FakeRefusal('InvalidChangeSetStatus', `ChangeSet [${id}] cannot be executed in its current status of [OBSOLETE]`);
    stack.changeSets.clear();
    if (set.type !== 'UPDATE') stack.description = set.template.Description;
    const verb = set.type === 'IMPORT' ? 'IMPORT' : set.type;
    this.#begin(stack, `${verb}_IN_PROGRESS`);
    const before = new Map(stack.resources);
    const ids = Object.keys(set.template.Resources);
    let isFailed = false;
    for (const logical of ids) {
      const resource = set.template.Resources[logical];
      if (!resource) continue;
      const isNew = !before.has(logical);
      if (!isNew && !set.changes.some((change) => JSON.stringify(change).includes(`"${logical}"`))) continue;
      const word = set.imports[logical] === undefined ? (isNew ? 'CREATE' : 'UPDATE') : 'IMPORT';
      stack.coming.push(() => {
        if (isFailed) return;
        this.#event(stack, logical, resource.Type, `${word}_IN_PROGRESS`);
        const reason = this.failing.get(logical) ?? (word === 'CREATE' ? this.#taken(resource) : undefined);
        isFailed = reason !== undefined;
        if (!isFailed && word !== 'UPDATE') this.#create(stack, logical, resource, set.imports[logical]);
        if (!isFailed && word === 'UPDATE') this.#change(stack, logical, resource, set.changes);
        this.#event(stack, logical, resource.Type, `${word}_${isFailed ? 'FAILED' : 'COMPLETE'}`, reason);
        if (isFailed) this.#event(stack, ids.at(-1) ?? '', 'AWS::Test::Other', `${word}_FAILED`, 'Resource creation cancelled');
      });
    }
    stack.coming.push(() => {
      if (isFailed) return this.#rollBack(stack, set.type, before);
      for (const [logical, { type }] of before)
        if (!set.template.Resources[logical]) {
          stack.resources.delete(logical);
          this.#event(stack, logical, type, isKept(stack, logical) ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE');
        }
      Object.assign(stack, { text: set.text, description: set.template.Description, parameters: set.parameters });
      stack.outputs = Object.fromEntries(
        Object.entries(set.template.Outputs ?? {}).map(([name, { Value }]) => [name, this.#textOf(stack, Value)]),
      );
      this.#begin(stack, `${verb}_COMPLETE`);
    });
  }

  delete(nameOrId: string): void {
    const stack = this.named(nameOrId);
    if (!stack) return;
    if (stack.isProtected)
      throw new FakeRefusal('ValidationError', `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
    this.#begin(stack, 'DELETE_IN_PROGRESS');
    let isFailed = false;
    for (const [logical, created] of stack.resources)
      stack.coming.push(() => {
        const stays = isKept(stack, logical);
        const reason = stays ? undefined : this.failing.get(logical);
        isFailed ||= reason !== undefined;
        if (reason === undefined) {
          created.status = stays ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE';
          if (!stays) this.#world.tables.delete(created.physicalId);
        }
        this.#event(stack, logical, created.type, reason === undefined ? created.status : 'DELETE_FAILED', reason);
      });
    stack.coming.push(() => this.#begin(stack, isFailed ? 'DELETE_FAILED' : 'DELETE_COMPLETE'));
    if (stack.resources.size === 0) this.step(stack);
  }

  /** A page of events, newest first. Asking for the first one lets the next steps happen. */
  events(nameOrId: string, token: string | undefined): object {
    const stack = this.required(nameOrId);
    if (token === undefined) this.step(stack);
    const from = Number(token ?? 0);
    const StackEvents = stack.events.slice(from, from + this.eventsOfPage);
    return { StackEvents, NextToken: from + this.eventsOfPage < stack.events.length ? String(from + this.eventsOfPage) : undefined };
  }

  step(stack: FakeStack, steps = this.stepsForPoll): void {
    for (const next of stack.coming.splice(0, steps)) next();
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html */
  #checkImport({ Resources }: Template, imports: Record<string, string>): void {
    const refuse = (message: string): never => {
      throw new FakeRefusal('ValidationError', message);
    };
    for (const [id, resource] of Object.entries(Resources)) {
      const physicalId = imports[id] ?? refuse(`As part of the import operation, you cannot create new resources: [${id}]`);
      if (!resource.DeletionPolicy) refuse(`Resources [${id}] is missing DeletionPolicy: it must be set before import`);
      const owner = this.ownerOf(physicalId);
      if (owner) refuse(`Resource ${physicalId} already exists in stack ${owner.id}`);
      for (const [, other = ''] of JSON.stringify(resource).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g))
        if (!Resources[other]) refuse(`Template format error: Unresolved resource dependencies [${other}] in the Resources block`);
    }
  }

  /** The stack to which a resource belongs. */
  ownerOf(physicalId: string): FakeStack | undefined {
    return [...this.stacks.values()].find(
      ({ status, resources }) =>
        status !== 'DELETE_COMPLETE' &&
        [...resources.values()].some((created) => created.physicalId === physicalId && !created.status.startsWith('DELETE_')),
    );
  }

  #newStack(name: string): FakeStack {
    const id = `arn:aws:cloudformation:${fakeRegion}:${fakeAccount}:stack/${name}/${++this.#count}`;
    const stack: FakeStack = {
      name,
      id,
      status: 'REVIEW_IN_PROGRESS',
      text: '',
      description: undefined,
      isProtected: false,
      parameters: {},
      resources: new Map(),
      outputs: {},
      events: [],
      coming: [],
      changeSets: new Map(),
    };
    this.stacks.set(id, stack);
    this.#begin(stack, 'REVIEW_IN_PROGRESS');
    return stack;
  }

  #begin(stack: FakeStack, status: string): void {
    stack.status = status;
    this.#event(stack, stack.name, 'AWS::CloudFormation::Stack', status, undefined, stack.id);
  }

  #rollBack(stack: FakeStack, type: string, before: Map<string, Created>): void {
    const name = type === 'UPDATE' ? 'UPDATE_ROLLBACK' : type === 'IMPORT' ? 'IMPORT_ROLLBACK' : 'ROLLBACK';
    this.#begin(stack, `${name}_IN_PROGRESS`);
    for (const [logical, created] of stack.resources)
      if (!before.has(logical)) {
        this.#world.tables.delete(created.physicalId);
        created.status = 'DELETE_COMPLETE';
        this.#event(stack, logical, created.type, 'DELETE_COMPLETE');
        if (type === 'UPDATE') stack.resources.delete(logical);
      }
    this.#begin(stack, `${name}_COMPLETE`);
  }

  #taken({ Type, Properties = {} }: Resource): string | undefined {
    const { TableName } = Properties;
    return Type === 'AWS::DynamoDB::Table' && typeof TableName === 'string' && this.#world.tables.has(TableName)
      ? `Resource of type 'AWS::DynamoDB::Table' with identifier '${TableName}' already exists.`
      : undefined;
  }

  #create(stack: FakeStack, id: string, { Type, Properties = {} }: Resource, imported: string | undefined): void {
    const given = Properties[naming[Type] ?? ''];
    const physicalId = imported ?? (given === undefined ? `${stack.name}-${id.toLowerCase()}-1` : this.#textOf(stack, given));
    stack.resources.set(id, { type: Type, physicalId, status: imported ? 'IMPORT_COMPLETE' : 'CREATE_COMPLETE' });
    if (imported !== undefined) return;
    if (Type === 'AWS::KMS::Key')
      this.#world.keys.set(keyArn(physicalId), { description: String(Properties['Description'] ?? ''), state: 'Enabled' });
    if (Type === 'AWS::DynamoDB::Table') {
      const key = [...stack.resources.values()].find(({ type }) => type === 'AWS::KMS::Key');
      this.#world.tables.set(physicalId, key && keyArn(key.physicalId));
    }
    if (Type === 'AWS::S3::Bucket')
      this.#world.buckets.set(physicalId, { owner: fakeAccount, region: fakeRegion, objects: new Map(), properties: { ...Properties } });
  }

  /** Sets the properties that differ from the template before, and no others. */
  #change(stack: FakeStack, id: string, { Properties = {} }: Resource, changes: readonly PlannedResource[]): void {
    const bucket = this.#world.buckets.get(stack.resources.get(id)?.physicalId ?? '');
    const { Details = [] } = changes.find(({ ResourceChange }) => ResourceChange.LogicalResourceId === id)?.ResourceChange ?? {};
    for (const { Target } of Details) if (bucket) bucket.properties = { ...bucket.properties, [Target.Name]: Properties[Target.Name] };
  }

  #textOf(stack: FakeStack, value: unknown): string {
    if (typeof value === 'string') return value;
    const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
    if (join) return join[1].map((part) => this.#textOf(stack, part)).join(join[0]);
    const pseudo: Record<string, string> = { 'AWS::AccountId': fakeAccount, 'AWS::Region': fakeRegion, 'AWS::Partition': 'aws' };
    return pseudo[Ref ?? ''] ?? stack.parameters[Ref ?? ''] ?? stack.resources.get(Ref ?? '')?.physicalId ?? `{${JSON.stringify(value)}}`;
  }

  #changesOf(stack: FakeStack, after: Template, parameters: Record<string, string>, imports: Record<string, string>): PlannedResource[] {
    const before: Template = stack.text ? JSON.parse(stack.text) : { Resources: {} };
    const changed = Object.keys(parameters).filter((name) => stack.parameters[name] !== parameters[name]);
    const of = (
      Action: string,
      LogicalResourceId: string,
      { Type }: Resource,
      more: Partial<PlannedResource['ResourceChange']> = {},
    ): PlannedResource => ({
      Type: 'Resource',
      ResourceChange: { Action, LogicalResourceId, ResourceType: Type, ...more },
    });
    const own = (id: string, { Properties = {} }: Resource): Detail[] =>
      Object.keys({ ...before.Resources[id]?.Properties, ...Properties })
        .filter((name) => {
          const [one, other] = [before.Resources[id]?.Properties?.[name], Properties[name]].map((value) => JSON.stringify(value));
          return one !== other || changed.some((parameter) => other?.includes(`{"Ref":"${parameter}"}`));
        })
        .map((name) => detailOf(name, 'Static', 'DirectModification'));
    const modified = new Map<string, Detail[]>();
    const others = Object.entries(after.Resources).flatMap(([id, resource]) => {
      if (imports[id] !== undefined) return [of('Import', id, resource)];
      if (!before.Resources[id] || !stack.resources.has(id)) return [of('Add', id, resource)];
      const details = own(id, resource);
      if (details.length > 0) modified.set(id, details);
      return [];
    });
    addDerived(modified, after, before);
    const set = [...modified].flatMap(([id, Details]) => {
      const resource = after.Resources[id];
      const replacing = Details.filter(({ Target }) => Target.RequiresRecreation === 'Always');
      const Replacement = replacing.some(({ Evaluation }) => Evaluation === 'Static')
        ? 'True'
        : replacing.length > 0
          ? 'Conditional'
          : 'False';
      return resource ? [of('Modify', id, resource, { Replacement, Details })] : [];
    });
    const removed = Object.entries(before.Resources).flatMap(([id, resource]) =>
      after.Resources[id]
        ? []
        : [of('Remove', id, resource, { PolicyAction: /^Retain/.test(resource.DeletionPolicy ?? '') ? 'Retain' : 'Delete' })],
    );
    return [...set, ...others, ...removed];
  }

  #event(stack: FakeStack, id: string, type: string, status: string, reason?: string, physicalId = `${stack.name}-${id}`): void {
    stack.events.unshift({
      EventId: `event-${++this.#count}`,
      StackId: stack.id,
      StackName: stack.name,
      LogicalResourceId: id,
      PhysicalResourceId: physicalId,
      ResourceType: type,
      ResourceStatus: status,
      ResourceStatusReason: reason,
      Timestamp: new Date().toISOString(),
    });
  }
}

function detailOf(Name: string, Evaluation: Detail['Evaluation'], ChangeSource: string): Detail {
  const RequiresRecreation = identity.includes(Name) ? 'Always' : 'Never';
  return { Target: { Attribute: 'Properties', Name, RequiresRecreation }, Evaluation, ChangeSource };
}

/** What has an attribute of a modified resource may change with it, CloudFormation says, whichever attribute it is. */
function addDerived(modified: Map<string, Detail[]>, after: Template, before: Template): void {
  for (let isMore = true; isMore; ) {
    isMore = false;
    for (const [id, { Properties = {} }] of Object.entries(after.Resources))
      for (const [name, value] of Object.entries(Properties)) {
        const details = modified.get(id) ?? [];
        const [, source = ''] = /"Fn::GetAtt":\["(\w+)"/.exec(JSON.stringify(value)) ?? [];
        if (!before.Resources[id] || !modified.has(source) || details.some(({ Target }) => Target.Name === name)) continue;
        modified.set(id, [...details, detailOf(name, 'Dynamic', 'ResourceAttribute')]);
        isMore = true;
      }
  }
}

function isKept({ text }: FakeStack, logical: string): boolean {
  const { Resources }: Template = text ? JSON.parse(text) : { Resources: {} };
  return /^Retain/.test(Resources[logical]?.DeletionPolicy ?? '');
}

export function keyArn(id: string): string {
  return `arn:aws:kms:${fakeRegion}:${fakeAccount}:key/${id}`;
}
