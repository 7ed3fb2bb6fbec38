import type { CatalogFile } from '../../transformation/catalog.ts';
import { deploymentOf } from '../local-file.ts';
import { about, items } from '../number-text.ts';
import type { Finding, FullRun } from '../table-plan.ts';
import { howToMendMissingItems } from './version-findings.ts';

type Known = Pick<CatalogFile, 'sequence' | 'checksum' | 'formerChecksums'>;

/** A finding if the deployed files differ from the local files, so that a dry run would not test the local ones; undefined if they are the same. */
export function undeployed(table: string, files: readonly Known[], catalog: readonly Known[] | undefined): Finding | undefined {
  if (!catalog)
    return {
      name: 'ServiceNotFound',
      message: `--full runs the deployed files, and no dynamodt service is deployed here. Deploy it, or plan without --full.`,
    };
  const differing = files.filter((file) => deploymentOf(file, catalog) !== 'same');
  const onlyDeployed = catalog.filter(({ sequence }) => !files.some((file) => file.sequence === sequence));
  if (differing.length + onlyDeployed.length === 0) return undefined;
  const inWords = [
    ...differing.map(
      (file) => `v${file.sequence} ${deploymentOf(file, catalog) === 'missing' ? 'is not deployed' : 'is deployed with other content'}`,
    ),
    ...onlyDeployed.map(({ sequence }) => `v${sequence} is deployed and not here`),
  ];
  return {
    name: 'NotDeployed',
    message: `--full runs the deployed files, and those of ${table} are not the files here (${inWords.join(', ')}). Deploy these, or check out what is deployed; or plan without --full.`,
  };
}

/** Problems that the dry run of an applied version finds: items that it would still change lack what the version gives. */
export function gateFindings(table: string, sequence: number, { run, counters }: FullRun): Finding[] {
  const { scanned, changed } = counters;
  if (changed === 0) return [];
  return [
    {
      name: 'MissingItems',
      message: `In the whole table, ${about(changed)} of ${items(scanned)} lack what the version gives. ${howToMendMissingItems}${run === null ? '' : ` \`dynamodt status ${table} --run ${run} --failures\` lists the keys of up to 20 of them.`}`,
      sequence,
    },
  ];
}
