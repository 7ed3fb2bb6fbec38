import { deploymentOf } from '../../core/plan/local-file.ts';
import type { CatalogFile, PublishedFile } from '../../core/transformation/catalog.ts';
import { versions as versionsInWords } from '../terminal/in-words.ts';
import type { Check } from './check.ts';

/** Compares the files of a table here with the deployed ones. */
export function fileChecks(table: string, local: readonly CatalogFile[], deployed: readonly PublishedFile[]): Check[] {
  const unlike = local.filter((file) => deploymentOf(file, deployed) !== 'same').map(({ sequence }) => sequence);
  const elsewhere = deployed.filter((file) => !local.some(({ sequence }) => sequence === file.sequence)).map(({ sequence }) => sequence);
  if (unlike.length + elsewhere.length === 0)
    return [{ table, name: 'deployed', health: 'green', message: 'The files here are deployed.' }];
  return [
    ...(unlike.length > 0
      ? [
          {
            table,
            name: 'deployed',
            health: 'yellow' as const,
            message: `${versionsInWords(unlike)} here ${unlike.length === 1 ? 'is' : 'are'} not deployed as ${unlike.length === 1 ? 'it is' : 'they are'}.`,
            mend: 'Deploy, or check out what is deployed.',
          },
        ]
      : []),
    ...(elsewhere.length > 0
      ? [
          {
            table,
            name: 'deployed',
            health: 'yellow' as const,
            message: `${versionsInWords(elsewhere)} ${elsewhere.length === 1 ? 'is' : 'are'} deployed, and not here.`,
            mend: 'Check out what is deployed.',
          },
        ]
      : []),
  ];
}
