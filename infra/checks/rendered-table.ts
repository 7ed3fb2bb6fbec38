import { CfnResource } from 'aws-cdk-lib';
import type { AnyTable } from '../dynamodt-props.ts';

/** What is used of a table's properties in the template. */
interface TableProperties {
  StreamSpecification?: unknown;
  SSESpecification?: { KMSMasterKeyId?: unknown };
  Replicas?: { Region: unknown; SSESpecification?: { KMSMasterKeyId?: unknown } }[];
}

interface Template {
  Resources: Record<string, { Properties?: TableProperties }>;
}

/** What the template will have of a table of this app, with overrides; undefined for an imported one. Called at the end of the synthesis. */
export function renderedTable(table: AnyTable): TableProperties | undefined {
  const resource = table.node.defaultChild;
  // Public in JavaScript, in every version of CDK.
  if (!resource || !CfnResource.isCfnResource(resource) || !('_toCloudFormation' in resource)) return undefined;
  const { _toCloudFormation: render } = resource;
  if (typeof render !== 'function') return undefined;
  const template: Template = table.stack.resolve(render.call(resource));
  return Object.values(template.Resources)[0]?.Properties ?? {};
}
