/** Permissions of a function beyond its own logs; `infra/permissions/permissions.ts` makes policy statements of them. */
export type Permission =
  | 'describeTables'
  | 'describeOtherTables'
  | 'scanTables'
  | 'readPredecessor'
  | 'transformTables'
  | 'lookUp'
  | 'readLedger'
  | 'readControl'
  | 'readRuns'
  | 'beginRuns'
  | 'respectHolds'
  | 'describePauseAlarm'
  | 'settleRuns'
  | 'keepCheckpoints'
  | 'recordEndings'
  | 'controlRuns'
  | 'publishCatalog'
  | 'recordPreparations'
  | 'writePreparations'
  | 'readPreparations'
  | 'keepJournals'
  | 'readJournals'
  | 'encryptParameters'
  | 'decryptParameters'
  | 'describeExecutions'
  | 'tellEvents'
  | 'answerTasks'
  | 'readStreams'
  | 'followTables'
  | 'recordFollowing';

/** The settings of a function, in AWS and locally. */
export interface DeployedFunction {
  does: string;
  /** Seconds; less than the state's TimeoutSeconds, so that Lambda ends the function before Step Functions does. */
  timeout: number;
  /** MB; 1,769 MB give one full processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  memory: number;
  /** True if the team's files are deployed with the function. */
  carriesTransformations: boolean;
  /** True if only a stack that follows tables deploys it. */
  isForFollowing?: true;
  may: readonly Permission[];
}

/** Functions that EventBridge calls, and nobody waits for. */
export const calledByEvents: readonly string[] = ['control-run', 'record-failure'];

const oneProcessor = 1769;

/** A worker waits for the table most of its time: docs/performance.md#how-much-memory-a-worker-needs */
export const defaultWorkerMemory = 512;

/** All functions that are deployed: each file `functions/<name>.ts` needs an entry here. */
export const deployedFunctions: Record<string, DeployedFunction> = {
  'start-run': {
    does: 'Starts a run, or continues the one that ended before it was complete',
    timeout: 300,
    memory: oneProcessor,
    carriesTransformations: true,
    may: [
      'describeTables',
      'describeOtherTables',
      'scanTables',
      'readPredecessor',
      'lookUp',
      'readLedger',
      'beginRuns',
      'respectHolds',
      'describePauseAlarm',
      'describeExecutions',
      'encryptParameters',
      'tellEvents',
    ],
  },
  'transform-segment': {
    does: 'Transforms one segment of a table from its checkpoint',
    timeout: 900,
    memory: defaultWorkerMemory,
    carriesTransformations: true,
    may: ['transformTables', 'lookUp', 'readLedger', 'keepCheckpoints', 'readPreparations', 'keepJournals', 'decryptParameters'],
  },
  prepare: {
    does: 'Gathers the external data of a sequence and freezes it for the run',
    timeout: 900,
    memory: oneProcessor,
    carriesTransformations: true,
    may: ['scanTables', 'lookUp', 'readLedger', 'beginRuns', 'recordPreparations', 'writePreparations', 'encryptParameters', 'tellEvents'],
  },
  'settle-pass': {
    does: 'Decides the next step from the checkpoints of a pass',
    timeout: 300,
    memory: oneProcessor,
    carriesTransformations: true,
    may: ['readLedger', 'settleRuns', 'encryptParameters', 'tellEvents'],
  },
  'wait-for-resume': {
    does: 'Keeps the task token of an execution that waits while its run is paused',
    timeout: 60,
    memory: 512,
    carriesTransformations: false,
    may: ['readControl', 'controlRuns', 'answerTasks'],
  },
  'find-pending': {
    does: 'Finds the tables with pending transformations',
    timeout: 300,
    memory: oneProcessor,
    carriesTransformations: true,
    may: ['describeTables', 'readLedger', 'describeExecutions'],
  },
  'follow-run': {
    does: 'Reads the status of a run that was under way already',
    timeout: 30,
    memory: 512,
    carriesTransformations: false,
    may: ['describeExecutions'],
  },
  'settle-tables': {
    does: 'Decides, after every table was tried, whether transform-all succeeds or fails',
    timeout: 30,
    memory: 512,
    carriesTransformations: false,
    may: [],
  },
  'record-failure': {
    does: 'Records that an execution ended, if it could not record that itself',
    timeout: 60,
    memory: 512,
    carriesTransformations: false,
    may: ['readRuns', 'recordEndings', 'describeExecutions', 'tellEvents'],
  },
  'control-run': {
    does: 'Pauses, resumes, stops or throttles the run of a table',
    timeout: 60,
    memory: 512,
    carriesTransformations: false,
    may: ['readControl', 'controlRuns', 'describeExecutions', 'answerTasks', 'tellEvents'],
  },
  'publish-catalog': {
    does: 'Records the tables and files of each deploy in the ledger',
    timeout: 60,
    memory: 512,
    carriesTransformations: true,
    may: ['publishCatalog'],
  },
  'follow-stream': {
    does: 'Brings items that older code writes into the shape of the applied versions, from the stream of their table',
    timeout: 300,
    memory: oneProcessor,
    carriesTransformations: true,
    isForFollowing: true,
    may: ['readStreams', 'followTables', 'lookUp', 'readLedger', 'recordFollowing', 'readPreparations', 'decryptParameters'],
  },
};

/** Those that a stack deploys. */
export function functionsOf(tables: readonly { follows?: unknown }[]): [name: string, deployed: DeployedFunction][] {
  const isFollowed = tables.some(({ follows }) => follows !== undefined);
  return Object.entries(deployedFunctions).filter(([, { isForFollowing }]) => isFollowed || !isForFollowing);
}
