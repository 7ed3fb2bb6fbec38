import type { TableHealth } from '../../aws/table/table-health.ts';
import { countOf } from '../../core/count-of.ts';
import { leftHalfway } from '../status/left-halfway.ts';
import type { StatusDocument } from '../status/status-document.ts';
import { holdInWords } from '../terminal/hold-shown.ts';
import { holdersInWords, moment, versions as versionsInWords, whole } from '../terminal/in-words.ts';
import type { Check } from './check.ts';

/** Checks of a table's settings. @param tableName physical name */
export function settingChecks(table: string, tableName: string, health: TableHealth | undefined): Check[] {
  if (!health)
    return [
      {
        table,
        name: 'table',
        health: 'yellow',
        message: `There is no table "${tableName}" in this stage.`,
        mend: 'Deploy the table, or remove its folder.',
      },
    ];
  const { status, indexes, hasStream, replicaRegions, warmWriteUnits, timeToLive } = health;
  const unready = indexes.filter((index) => index.status !== 'ACTIVE');
  return [
    status === 'ACTIVE'
      ? { table, name: 'table', health: 'green', message: `It is ${tableName}.` }
      : { table, name: 'table', health: 'yellow', message: `${tableName} is ${status}.`, mend: 'Wait until it is ACTIVE.' },
    recoveryCheck(table, tableName, health),
    protectionCheck(table, tableName, health),
    timeToLive === 'unknown'
      ? { table, name: 'timeToLive', health: 'notKnown', message: 'Time to live cannot be read.' }
      : {
          table,
          name: 'timeToLive',
          health: 'green',
          message: timeToLive === undefined ? 'Items do not expire.' : `Items expire by ${timeToLive}.`,
        },
    {
      table,
      name: 'stream',
      health: 'green',
      message: hasStream ? 'It has a stream: its consumers get a record of each change.' : 'It has no stream.',
    },
    replicaRegions.length > 0
      ? {
          table,
          name: 'replicas',
          health: 'yellow',
          message: `It has replicas in ${replicaRegions.join(', ')}, where the last writer wins.`,
          mend: 'Let nothing write there during a run; see --accept-last-writer-wins.',
        }
      : { table, name: 'replicas', health: 'green', message: 'It has no replicas.' },
    warmWriteUnits === undefined
      ? {
          table,
          name: 'throughput',
          health: 'notKnown',
          message: 'DynamoDB does not tell its warm throughput.',
          mend: `\`dynamodt up ${table} --write-units <n>\` gives a run a budget.`,
        }
      : { table, name: 'throughput', health: 'green', message: `It can take ${whole(warmWriteUnits)} write units a second at once.` },
    unready.length > 0
      ? {
          table,
          name: 'indexes',
          health: 'yellow',
          message: `${unready.map((index) => `${index.name} is ${index.status}`).join(', ')}.`,
          mend: 'Wait until they are ACTIVE.',
        }
      : {
          table,
          name: 'indexes',
          health: 'green',
          message:
            indexes.length === 0 ? 'It has no global index.' : `It has ${countOf(indexes.length, 'global index', 'global indexes')}.`,
        },
  ];
}

function recoveryCheck(table: string, tableName: string, { pointInTimeRecovery: recovery }: TableHealth): Check {
  const name = 'pointInTimeRecovery';
  if (recovery === 'unknown') return { table, name, health: 'notKnown', message: 'Point-in-time recovery cannot be read.' };
  if (!recovery.isOn)
    return {
      table,
      name,
      health: 'yellow',
      message: 'Point-in-time recovery is off: what a run does beyond its journal cannot be restored.',
      mend: `aws dynamodb update-continuous-backups --table-name ${tableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
    };
  const reach = [
    recovery.days === undefined ? '' : ` for ${countOf(recovery.days, 'day')}`,
    recovery.since === undefined ? '' : `, back to ${moment(recovery.since)} UTC`,
  ];
  return { table, name, health: 'green', message: `Point-in-time recovery is on${reach.join('')}.` };
}

function protectionCheck(table: string, tableName: string, { deletionProtection }: TableHealth): Check {
  const name = 'deletionProtection';
  if (deletionProtection === 'unknown') return { table, name, health: 'notKnown', message: 'Deletion protection cannot be read.' };
  if (deletionProtection) return { table, name, health: 'green', message: 'It is protected against deletion.' };
  return {
    table,
    name,
    health: 'yellow',
    message: 'It is not protected against deletion.',
    mend: `aws dynamodb update-table --table-name ${tableName} --deletion-protection-enabled`,
  };
}

/** Checks of how versions and runs stand. */
export function standingChecks({
  table,
  error,
  applied,
  pending,
  hold,
  halfway = [],
  run,
  paused,
  retried = [],
  warnings = [],
  noTable,
}: StatusDocument): Check[] {
  if (error) return [{ table, name: 'ledger', health: 'red', message: `${error.name}: ${error.message}` }];
  if (noTable) return [];
  const left = leftHalfway({ table, halfway, ...(run ? { run } : {}) });
  const refusing = warnings.filter(({ name, acknowledged }) => name !== 'MissingTransformation' && !acknowledged);
  const missing = warnings.filter(({ name, acknowledged }) => name === 'MissingTransformation' && !acknowledged);
  return [
    { table, name: 'versions', health: 'green', message: `Applied: ${versionsInWords(applied)}. Pending: ${versionsInWords(pending)}.` },
    ...refusing.map((warning): Check => ({ table, name: 'files', health: 'red', message: `${warning.name}: ${warning.message}` })),
    ...missing.map(
      (warning): Check => ({
        table,
        name: 'files',
        health: 'yellow',
        message: `${warning.name}: ${warning.message}`,
        mend: `dynamodt status ${table} --ack`,
      }),
    ),
    ...(hold
      ? [{ table, name: 'hold', health: 'yellow' as const, message: `${holdInWords(hold)}.`, mend: `dynamodt release ${table}` }]
      : []),
    ...left.versions.map(
      ({ sequence, direction, run: id, since }): Check => ({
        table,
        name: 'run',
        health: 'red',
        message: `v${sequence} is half-way ${direction}: run ${id} began it (${moment(since)}), holds the table, and does not run.`,
        mend: `${left.up} applies all of ${left.versions.length > 1 ? 'them' : 'it'}, ${left.down} takes all of ${left.versions.length > 1 ? 'them' : 'it'} back`,
      }),
    ),
    ...(paused
      ? [
          {
            table,
            name: 'run',
            health: 'yellow' as const,
            message: `Run ${run?.run ?? ''} is paused ${holdersInWords(paused)}.`,
            mend: `dynamodt resume ${table}`,
          },
        ]
      : []),
    ...retried.map(
      ({ segment, tries, since }): Check => ({
        table,
        name: 'run',
        health: 'red',
        message: `Segment ${segment} is stuck: it is on try ${tries} at one position since ${moment(since)}.`,
        mend: `dynamodt status ${table} --failures`,
      }),
    ),
    ...(left.versions.length === 0 && !paused && retried.length === 0
      ? [
          {
            table,
            name: 'run',
            health: 'green' as const,
            message: run ? `The latest run ${run.status === 'running' ? 'is under way' : `ended as ${run.status}`}.` : 'No run yet.',
          },
        ]
      : []),
  ];
}
