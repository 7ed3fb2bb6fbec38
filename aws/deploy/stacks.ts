import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  paginateListChangeSets,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { type PlannedChange, plannedChange } from './planned-change.ts';
import type { StackEvent } from './stack-event.ts';

/** A stack as CloudFormation describes it. */
export interface Stack {
  /** ARN; it names the stack also after it was deleted. */
  id: string;
  name: string;
  status: string;
  statusReason: string | undefined;
  description: string | undefined;
  parameters: Record<string, string>;
  outputs: { name: string; value: string; description: string | undefined }[];
  isProtected: boolean;
}

export interface StackResource {
  id: string;
  type: string;
  physicalId: string | undefined;
  status: string;
}

/** What a change set is asked for. */
export interface AskedChanges {
  stack: string;
  /** Of the change set. */
  name: string;
  type: 'CREATE' | 'UPDATE' | 'IMPORT';
  /** Its text, or the URL of a larger one. */
  template: { body: string } | { url: string };
  parameters: Record<string, string>;
  /** Names of parameters that keep their value. */
  keptParameters: readonly string[];
  /** Undefined for those that the stack has. */
  tags: Record<string, string> | undefined;
  /** ARN of the role by which CloudFormation acts; undefined for the one before, or the caller. */
  role: string | undefined;
  imports: readonly ResourceToImport[];
}

export interface ResourceToImport {
  id: string;
  type: string;
  /** The property that identifies a resource of this type, such as `TableName`, and its value. */
  identifier: Record<string, string>;
}

export interface ChangeSet {
  id: string;
  status: 'pending' | 'ready' | 'empty' | 'failed';
  reason: string;
  changes: PlannedChange[];
}

/** The answers for a change set without changes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-create.html */
const noChanges = /didn't contain changes|no updates are to be performed/i;

/** The stacks of an account and region. */
export class Stacks {
  readonly #client: CloudFormationClient;

  constructor(client: CloudFormationClient) {
    this.#client = client;
  }

  /** @param stack name or ARN @returns undefined if there is none of this name; a deleted one is found by its ARN only */
  async describe(stack: string): Promise<Stack | undefined> {
    const { Stacks: [found] = [] } = (await ifExists(this.#client.send(new DescribeStacksCommand({ StackName: stack })))) ?? {};
    if (!found?.StackId) return undefined;
    const {
      StackId: id,
      StackName: name = stack,
      StackStatus: status = '',
      StackStatusReason: statusReason,
      Description: description,
    } = found;
    return {
      id,
      name,
      status,
      statusReason,
      description,
      parameters: Object.fromEntries(
        (found.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [ParameterKey, ParameterValue]),
      ),
      outputs: (found.Outputs ?? []).map(({ OutputKey = '', OutputValue = '', Description }) => ({
        name: OutputKey,
        value: OutputValue,
        description: Description,
      })),
      isProtected: found.EnableTerminationProtection ?? false,
    };
  }

  async resources(stack: string): Promise<StackResource[]> {
    const found: StackResource[] = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client: this.#client }, { StackName: stack }))
      for (const {
        LogicalResourceId: id = '',
        ResourceType: type = '',
        PhysicalResourceId: physicalId,
        ResourceStatus,
      } of StackResourceSummaries)
        found.push({ id, type, physicalId, status: ResourceStatus ?? '' });
    return found;
  }

  /** The template as it was given, which can be YAML; undefined if there is none. */
  async template(stack: string): Promise<string | undefined> {
    const answer = await ifExists(this.#client.send(new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' })));
    return answer?.TemplateBody;
  }

  /** The name of the stack to which a resource belongs, by the resource's physical name. */
  async ownerOf(physicalId: string): Promise<string | undefined> {
    const answer = await ifExists(this.#client.send(new DescribeStackResourcesCommand({ PhysicalResourceId: physicalId })));
    // The answer has up to 100 resources of the stack, perhaps without this one, and may be about a deleted stack.
    const { StackId: id } = answer?.StackResources?.[0] ?? {};
    const stack = id === undefined ? undefined : await this.describe(id);
    return stack?.status === 'DELETE_COMPLETE' ? undefined : stack?.name;
  }

  async changeSetNames(stack: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { Summaries = [] } of paginateListChangeSets({ client: this.#client }, { StackName: stack }))
      names.push(...Summaries.map(({ ChangeSetName = '' }) => ChangeSetName));
    return names;
  }

  /** @returns the ARNs of the change set and of its stack */
  async createChangeSet(asked: AskedChanges): Promise<{ id: string; stackId: string }> {
    const { Id: id, StackId: stackId } = await this.#client.send(new CreateChangeSetCommand(inputFor(asked)));
    if (!id || !stackId) throw new TypeError('CreateChangeSet gave no ids');
    return { id, stackId };
  }

  /** A change set with all its changes. */
  async changeSet(id: string): Promise<ChangeSet> {
    const changes: PlannedChange[] = [];
    let page: DescribeChangeSetCommandOutput;
    let NextToken: string | undefined;
    do {
      page = await this.#client.send(new DescribeChangeSetCommand({ ChangeSetName: id, ...(NextToken ? { NextToken } : {}) }));
      changes.push(...(page.Changes ?? []).flatMap(plannedChange));
      NextToken = page.NextToken;
    } while (NextToken);
    const { Status, StatusReason: reason = '' } = page;
    if (Status === 'FAILED') return { id, status: noChanges.test(reason) ? 'empty' : 'failed', reason, changes: [] };
    return { id, status: Status === 'CREATE_COMPLETE' ? 'ready' : 'pending', reason, changes };
  }

  /** What CloudFormation found wrong with a change set before anything was deployed. */
  async validationProblems(changeSetId: string): Promise<string[]> {
    const { OperationEvents = [] } = await this.#client.send(new DescribeEventsCommand({ ChangeSetName: changeSetId }));
    return OperationEvents.filter(({ ValidationStatus }) => ValidationStatus === 'FAILED').map(
      ({ LogicalResourceId, ValidationStatusReason = '' }) =>
        `${LogicalResourceId ? `${LogicalResourceId}: ` : ''}${ValidationStatusReason}`,
    );
  }

  /** Begins to do what a change set says. */
  async execute(changeSetId: string, token: string): Promise<void> {
    await this.#client.send(new ExecuteChangeSetCommand({ ChangeSetName: changeSetId, ClientRequestToken: token }));
  }

  async deleteChangeSet(id: string): Promise<void> {
    await this.#client.send(new DeleteChangeSetCommand({ ChangeSetName: id }));
  }

  /** Begins to delete a stack. */
  async delete(stackId: string, token: string, role: string | undefined): Promise<void> {
    await this.#client.send(new DeleteStackCommand({ StackName: stackId, ClientRequestToken: token, ...(role ? { RoleARN: role } : {}) }));
  }

  /** The id of the newest event of a stack; undefined if it has none. */
  async newestEvent(stackId: string): Promise<string | undefined> {
    const { StackEvents: [newest] = [] } =
      (await ifExists(this.#client.send(new DescribeStackEventsCommand({ StackName: stackId })))) ?? {};
    return newest?.EventId;
  }

  /** The events of a stack that came after another one, oldest first. */
  async eventsAfter(stackId: string, eventId: string | undefined): Promise<StackEvent[]> {
    const found: StackEvent[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#client.send(new DescribeStackEventsCommand({ StackName: stackId, ...(NextToken ? { NextToken } : {}) }));
      for (const event of page.StackEvents ?? []) {
        if (event.EventId === eventId) return found.reverse();
        found.push({
          eventId: event.EventId ?? '',
          id: event.LogicalResourceId ?? '',
          type: event.ResourceType ?? '',
          status: event.ResourceStatus ?? '',
          reason: event.ResourceStatusReason,
          isOfStack: event.PhysicalResourceId === stackId,
        });
      }
      NextToken = page.NextToken;
    } while (NextToken);
    return found.reverse();
  }
}

function inputFor(asked: AskedChanges): CreateChangeSetCommandInput {
  const { stack, name, type, template, parameters, keptParameters, tags, role, imports } = asked;
  return {
    StackName: stack,
    ChangeSetName: name,
    ClientToken: name,
    ChangeSetType: type,
    Description: 'npx dynamodt deploy',
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Parameters: [
      ...Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
      ...keptParameters.map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
    ],
    ...('body' in template ? { TemplateBody: template.body } : { TemplateURL: template.url }),
    ...(tags ? { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } : {}),
    ...(role === undefined ? {} : { RoleARN: role }),
    ...(imports.length > 0
      ? {
          ResourcesToImport: imports.map(({ id, type: ResourceType, identifier }) => ({
            LogicalResourceId: id,
            ResourceType,
            ResourceIdentifier: identifier,
          })),
        }
      : {}),
  };
}

/** CloudFormation has no error of its own for a stack that does not exist. */
async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /^(ValidationError|StackNotFound)/.test(error.name) && /does not exist/i.test(error.message))
      return undefined;
    throw error;
  }
}
