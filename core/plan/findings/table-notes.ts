import { heldOf, inForce } from '../../ledger/hold.ts';
import { versionList } from '../../ledger/versions/version-list.ts';
import { ownValue } from '../../own-value.ts';
import type { RunEstimate } from '../estimate/estimate-run.ts';
import type { TableProfile } from '../estimate/table-profile.ts';
import { deploymentOf } from '../local-file.ts';
import { about, items } from '../number-text.ts';
import type { PlannedTable } from '../planned-table.ts';
import type { Finding } from '../table-plan.ts';

/** Notes about the effects of a run beside the table itself. @param changes approximate number of written items, summed over all versions */
export function tableNotes(profile: TableProfile, changes: number, estimate: Pick<RunEstimate, 'indexUnits'>): Finding[] {
  const { shape, otherIndexes, status, stream, kinesisStreams, replicaRegions, pointInTimeRecovery, billing, warm, provisioned } = profile;
  const notes: Finding[] = [];
  const note = (name: string, message: string): void => void notes.push({ name, message });
  if (status !== 'ACTIVE') note('TableStatus', `The table is ${status}.`);
  if (changes <= 0) return notes;
  if (stream)
    note(
      'Stream',
      `The table's stream gets about ${about(changes)} records, and all its consumers with it. DynamoDB does not tell how many there are: \`aws lambda list-event-source-mappings --event-source-arn ${stream}\`.`,
    );
  if (kinesisStreams !== 0 && kinesisStreams !== 'unknown')
    note('KinesisStream', `About ${about(changes)} records go to ${kinesisStreams} Kinesis data streams.`);
  for (const { name, kind } of shape.indexes) {
    const units = ownValue(estimate.indexUnits, name);
    if (units === undefined) continue;
    const whose =
      kind === 'local'
        ? 'which count as the table’s own'
        : billing === 'provisioned'
          ? 'of its own capacity; where that is short, writes of the table are throttled, your application’s too'
          : 'beside those of the table';
    note('IndexWritten', `Index ${JSON.stringify(name)} takes about ${about(units)} write units, ${whose}.`);
  }
  for (const { name, kind } of otherIndexes)
    note(
      'IndexNotCounted',
      `Index ${JSON.stringify(name)} (${kind} of DescribeTable) may be written, too. What that costs and how long it takes is not counted in the estimate.`,
    );
  if (replicaRegions.length > 0) note('Replicas', `Each of about ${items(changes)} written is replicated to ${replicaRegions.join(', ')}.`);
  if (pointInTimeRecovery === false)
    note('PointInTimeRecoveryOff', 'Point-in-time recovery is off: there is no way back to the second before the run but `down`.');
  if (!warm && !provisioned)
    note('ThroughputUnknown', 'DynamoDB does not tell what the table can take: give the run a budget with --write-units and --read-units.');
  return notes;
}

/** Notes about the deployed service. */
export function serviceNotes({ table, catalog, files, versions, hold, holder }: PlannedTable, withoutFile: readonly number[]): Finding[] {
  const notes: Finding[] = [];
  if (!catalog)
    notes.push({
      name: 'ServiceNotFound',
      message: 'No dynamodt service is deployed here under this name, so every version counts as pending.',
    });
  const undeployed = catalog ? files.filter((file) => deploymentOf(file, catalog) !== 'same').map(({ sequence }) => `v${sequence}`) : [];
  if (undeployed.length > 0)
    notes.push({
      name: 'NotDeployed',
      message: `${undeployed.join(', ')} here ${undeployed.length === 1 ? 'is' : 'are'} not what is deployed: deploy before \`dynamodt up ${table}\`.`,
    });
  for (const { sequence, packages: appliedWith } of versions.filter(({ status }) => status === 'applied')) {
    const packages = files.find((file) => file.sequence === sequence)?.packages;
    const differing = packages && appliedWith ? differingPackages(appliedWith, packages) : [];
    if (differing.length > 0)
      notes.push({
        name: 'PackagesChanged',
        message: `It was applied with other versions of packages than those installed here: ${differing.join(', ')}. If that changes what its functions return, \`down\` and a further sweep give other values.`,
        sequence,
      });
  }
  for (const sequence of withoutFile)
    notes.push({
      name: 'MissingTransformation',
      message: 'It is applied, but there is no file of it here: `down` will need it.',
      sequence,
    });
  const held = heldOf(
    hold,
    files.map(({ sequence }) => sequence),
    versions,
  );
  const order = inForce(hold);
  if (order && held.length > 0)
    notes.push({
      name: 'Held',
      message: `${order.by} holds ${versionList(held)} since ${order.at}${order.why === undefined ? '' : ` ("${order.why}")`}: a start that names no version applies only versions below ${order.below}. \`dynamodt release ${table}\` ends the hold, and \`dynamodt up ${table} --to ${held[0]}\` applies v${held[0]} nevertheless.`,
    });
  if (holder)
    notes.push({
      name: 'TableBusy',
      message: `Run ${holder} holds the table: \`dynamodt status ${table}\` shows it. A start now would be refused, or continue that run.`,
    });
  return notes;
}

/** Notes about the limits of the sample. */
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
  return [{ name: 'EmptyTable', message: 'The table has no items: the functions were tried only on seeds.' }];
}

/** The packages with other versions, as `name 1.0.0 → 1.1.0`, up to five. */
function differingPackages(before: readonly string[], now: readonly string[]): string[] {
  const [gone, come] = [before.filter((one) => !now.includes(one)), now.filter((one) => !before.includes(one))];
  const names = [...new Set([...gone, ...come].map(nameOf))];
  const versionsIn = (packages: readonly string[], name: string): string =>
    packages
      .filter((one) => nameOf(one) === name)
      .map((one) => one.slice(name.length + 1))
      .join(' and ') || 'none';
  return names.slice(0, 5).map((name) => `${name} ${versionsIn(gone, name)} → ${versionsIn(come, name)}`);
}

function nameOf(versioned: string): string {
  return versioned.slice(0, versioned.lastIndexOf('@'));
}
