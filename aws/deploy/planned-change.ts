import type { Change, ResourceChangeDetail } from '@aws-sdk/client-cloudformation';

/** What a deploy does to one resource. */
export interface PlannedChange {
  /** `leave`: it leaves the stack, and stays in AWS. */
  action: 'import' | 'add' | 'change' | 'replace' | 'remove' | 'leave';
  /** Its logical id. */
  id: string;
  /** `AWS::Lambda::Function` */
  type: string;
  /** Names of the properties that change; of a resource that is replaced, those because of which it is. */
  properties: string[];
  /** False if CloudFormation knows only during the deploy if it replaces the resource, or changes it at all. */
  isCertain: boolean;
  /** True if it says who may do what. */
  isPermission: boolean;
}

export function plannedChange({ ResourceChange: change }: Change): PlannedChange[] {
  if (!change) return [];
  const { LogicalResourceId: id = '', ResourceType: type = '', Details: details = [] } = change;
  const own = details.filter((detail) => !isDerived(detail));
  const replacing = own.filter(({ Target }) => Target?.RequiresRecreation !== undefined && Target.RequiresRecreation !== 'Never');
  const isDerivedOnly = details.length > 0 && own.length === 0;
  const action = actionOf(change, details.length === 0 || replacing.length > 0);
  const shown = action === 'replace' && replacing.length > 0 ? replacing : isDerivedOnly ? details : own;
  const properties = [...new Set(shown.flatMap(changedIn))].sort();
  return [
    {
      action,
      id,
      type,
      properties,
      isCertain: !isDerivedOnly && (action !== 'replace' || change.Replacement !== 'Conditional'),
      isPermission: !isDerivedOnly && (isPermission(type) || properties.some((name) => /Policy(Document)?$/.test(name))),
    },
  ];
}

/**
 * CloudFormation lists each property with an attribute of a resource that changes, because the attribute may change with it. If the resource is
 * replaced, that is a change of its own.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
 */
function isDerived({ Evaluation, ChangeSource }: ResourceChangeDetail): boolean {
  return Evaluation === 'Dynamic' && ChangeSource === 'ResourceAttribute';
}

/** The same for a resource of a stack that does not exist yet. */
export function addedResource(id: string, type: string, action: 'add' | 'import'): PlannedChange {
  return { action, id, type, properties: [], isCertain: true, isPermission: isPermission(type) };
}

/** @param mayReplace if a change of the resource's own can replace it */
function actionOf(
  { Action, Replacement, PolicyAction }: NonNullable<Change['ResourceChange']>,
  mayReplace: boolean,
): PlannedChange['action'] {
  switch (Action) {
    case 'Add':
      return 'add';
    case 'Import':
      return 'import';
    case 'Remove':
      return PolicyAction === 'Retain' ? 'leave' : 'remove';
    default:
      return Replacement === 'True' || (Replacement === 'Conditional' && mayReplace) ? 'replace' : 'change';
  }
}

function changedIn({ Target }: ResourceChangeDetail): string[] {
  const name = Target?.Attribute === 'Properties' ? Target.Name : Target?.Attribute;
  return name === undefined ? [] : [name];
}

function isPermission(type: string): boolean {
  return /^AWS::(IAM::|Lambda::Permission$|\w+::\w*Policy$)/.test(type);
}
