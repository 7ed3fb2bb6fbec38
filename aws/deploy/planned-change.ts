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
  /** False if CloudFormation knows only during the deploy if it replaces the resource. */
  isCertain: boolean;
  /** True if it says who may do what. */
  isPermission: boolean;
}

export function plannedChange({ ResourceChange: change }: Change): PlannedChange[] {
  if (!change) return [];
  const { LogicalResourceId: id = '', ResourceType: type = '', Details: details = [] } = change;
  const action = actionOf(change);
  const replacing = details.filter(({ Target }) => Target?.RequiresRecreation !== undefined && Target.RequiresRecreation !== 'Never');
  const shown = action === 'replace' && replacing.length > 0 ? replacing : details;
  const properties = [...new Set(shown.flatMap(changedIn))].sort();
  return [
    {
      action,
      id,
      type,
      properties,
      isCertain: change.Replacement !== 'Conditional',
      isPermission: isPermission(type) || properties.some((name) => /Policy(Document)?$/.test(name)),
    },
  ];
}

/** The same for a resource of a stack that does not exist yet. */
export function addedResource(id: string, type: string, action: 'add' | 'import'): PlannedChange {
  return { action, id, type, properties: [], isCertain: true, isPermission: isPermission(type) };
}

function actionOf({ Action, Replacement, PolicyAction }: NonNullable<Change['ResourceChange']>): PlannedChange['action'] {
  switch (Action) {
    case 'Add':
      return 'add';
    case 'Import':
      return 'import';
    case 'Remove':
      return PolicyAction === 'Retain' ? 'leave' : 'remove';
    default:
      return Replacement === 'True' || Replacement === 'Conditional' ? 'replace' : 'change';
  }
}

function changedIn({ Target }: ResourceChangeDetail): string[] {
  const name = Target?.Attribute === 'Properties' ? Target.Name : Target?.Attribute;
  return name === undefined ? [] : [name];
}

function isPermission(type: string): boolean {
  return /^AWS::(IAM::|Lambda::Permission$|\w+::\w*Policy$)/.test(type);
}
