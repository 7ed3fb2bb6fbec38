import type { Deployment, DeployOptions } from './deploy/deployer.ts';
import type { MappedTable } from './streams/event-source-mappings.ts';

/** How local AWS gets the service that it serves: from the team's files, or from a template. */
export interface ServedService extends Pick<DeployOptions, 'source' | 'bundle' | 'publish'> {
  hasFunction(name: string): boolean;
  fileOf(name: string, deployment: Deployment): string;
  environmentOf(name: string, deployment: Deployment): Record<string, string>;
  /** The tables whose streams are followed. */
  followed(deployment: Deployment): readonly MappedTable[];
  /** Folder of `*.asl.json`. */
  definitionsIn(deployment: Deployment | undefined): string;
}
