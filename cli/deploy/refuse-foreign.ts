import type { Stack, StackResource } from '../../aws/deploy/stacks.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import { resourceName, typeName } from './resource-name.ts';

/** Only a stack of dynamodt has it. */
const catalogType = 'Custom::DynamodtCatalog';

/** The end of the description of a template that `template` wrote. */
const ownDescription = /: dynamodt$/;

/** The beginnings of the ids that the construct gives, and what the CDK adds beside it. */
const ownId = /^(Dynamodt|Configured|CustomS3AutoDelete|CDKMetadata)/;

/**
 * Refuses to deploy over a stack, or to delete one, that is not the service's own.
 *
 * @throws OperatorError NotDeployable
 */
export function refuseForeign(stack: Stack, resources: readonly StackResource[], service: string): void {
  const present = resources.filter(({ status }) => status !== 'DELETE_COMPLETE');
  const isOurs = ownDescription.test(stack.description ?? '') || resources.some(({ type }) => type === catalogType);
  if (!isOurs)
    throw new OperatorError(
      'NotDeployable',
      `The stack "${stack.name}" exists, and is not one of dynamodt${present.length > 0 ? ` (it has ${named(present)})` : ''}. Nothing was changed. Deploy to another stack with --stack, or give the service another --name.`,
    );
  const others = present.filter((resource) => !ownId.test(resource.id));
  if (others.length > 0)
    throw new OperatorError(
      'NotDeployable',
      `The stack "${stack.name}" has the service and also ${named(others)}, which a deploy or a deletion by this command would delete. Nothing was changed. It is the stack of an app: deploy the app, or give the service another --name and --stack.`,
    );
  const ledger = present.find(({ type, physicalId = '' }) => type === 'AWS::DynamoDB::Table' && physicalId.endsWith('-ledger'))?.physicalId;
  if (ledger !== undefined && ledger !== `${service}-ledger`)
    throw new OperatorError(
      'NotDeployable',
      `The stack "${stack.name}" is that of the service "${ledger.replace(/-ledger$/, '')}", and this call is about "${service}". Nothing was changed. Give the right --name, or another --stack.`,
    );
}

function named(resources: readonly StackResource[]): string {
  const names = resources.slice(0, 3).map(({ type, id }) => `${typeName(type)} ${resourceName(id)}`);
  const more = resources.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
