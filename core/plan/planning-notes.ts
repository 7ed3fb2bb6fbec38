import { deploymentOf } from './local-file.ts';
import type { PlannedTable } from './planned-table.ts';
import type { Finding } from './table-plan.ts';

/** What the service that is deployed means for a plan. */
export function serviceNotes({ table, catalog, files, holder }: PlannedTable, withoutFile: readonly number[]): Finding[] {
  const notes: Finding[] = [];
  if (!catalog)
    notes.push({
      name: 'ServiceNotFound',
      message:
        'No dynamodt service is deployed here under this name, so that nothing is known to be applied: every version counts as pending.',
    });
  const undeployed = catalog ? files.filter((file) => deploymentOf(file, catalog) !== 'same').map(({ sequence }) => `v${sequence}`) : [];
  if (undeployed.length > 0)
    notes.push({
      name: 'NotDeployed',
      message: `${undeployed.join(', ')} here ${undeployed.length === 1 ? 'is' : 'are'} not what is deployed: deploy before \`dynamodt up ${table}\`.`,
    });
  for (const sequence of withoutFile)
    notes.push({
      name: 'MissingTransformation',
      message: 'It is applied, but there is no file of it here: `down` will need it.',
      sequence,
    });
  if (holder)
    notes.push({
      name: 'TableBusy',
      message: `Run ${holder} holds the table: \`dynamodt status ${table}\` shows it. A start now would be refused, or go on with it.`,
    });
  return notes;
}

/** What a sample cannot tell. */
export function sampleNotes({ sample }: PlannedTable, items: number | undefined): Finding[] {
  if (items === undefined)
    return [
      {
        name: 'SizeUnknown',
        message:
          'DynamoDB does not know the size of the table yet (it counts every six hours or so): nothing can be extrapolated or estimated.',
      },
    ];
  if (sample.images.length > 0) return [];
  return [{ name: 'EmptyTable', message: 'The table has no items: the functions were tried on nothing but seeds.' }];
}
