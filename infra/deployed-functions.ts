/** What a function may do beyond its own logs; `infra/permissions.ts` says by which statements. */
export type Permission =
  | 'describeTables'
  | 'scanTables'
  | 'readPredecessor'
  | 'transformTables'
  | 'lookUp'
  | 'readLedger'
  | 'readControl'
  | 'readRuns'
  | 'beginRuns'
  | 'settleRuns'
  | 'keepCheckpoints'
  | 'recordEndings'
  | 'controlRuns'
  | 'publishCatalog'
  | 'recordPreparations'
  | 'writePreparations'
  | 'readPreparations'
  | 'describeExecutions'
  | 'answerTasks';

/** A function as it is deployed, in AWS and locally. */
export interface DeployedFunction {
  does: string;
  /** Seconds; less than the state's TimeoutSeconds, so that Lambda, not Step Functions, ends it first. */
  timeout: number;
  /** MB; 1,769 are one processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  memory: number;
  /** Carries the team's files. */
  carriesTransformations: boolean;
  may: readonly Permission[];
}

const oneProcessor = 1769;

/** All functions: `functions/<name>.ts` is named here, or is not deployed. */
export const deployedFunctions: Record<string, DeployedFunction> = {
  'start-run': {
    does: 'Begins a run, or goes on with the one that ended before it was done',
    timeout: 300,
    memory: oneProcessor,
    carriesTransformations: true,
    may: ['describeTables', 'scanTables', 'readPredecessor', 'lookUp', 'readLedger', 'beginRuns', 'describeExecutions'],
  },
  'transform-segment': {
    does: 'Transforms one segment of a table from its checkpoint',
    timeout: 900,
    memory: oneProcessor,
    carriesTransformations: true,
    may: ['transformTables', 'lookUp', 'readLedger', 'keepCheckpoints', 'readPreparations'],
  },
  prepare: {
    does: 'Gathers the external data of a sequence, and freezes it for the run',
    timeout: 900,
    memory: oneProcessor,
    carriesTransformations: true,
    may: ['scanTables', 'lookUp', 'readLedger', 'beginRuns', 'recordPreparations', 'writePreparations'],
  },
  'settle-pass': {
    does: 'Decides, from the checkpoints of a pass, what comes next',
    timeout: 300,
    memory: oneProcessor,
    carriesTransformations: true,
    may: ['readLedger', 'settleRuns'],
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
    does: 'Looks how a run stands that was under way already',
    timeout: 30,
    memory: 512,
    carriesTransformations: false,
    may: ['describeExecutions'],
  },
  'record-failure': {
    does: 'Records how an execution ended that could not say so itself',
    timeout: 60,
    memory: 512,
    carriesTransformations: false,
    may: ['readRuns', 'recordEndings', 'describeExecutions'],
  },
  'control-run': {
    does: 'Pauses, resumes, stops or throttles the run of a table',
    timeout: 60,
    memory: 512,
    carriesTransformations: false,
    may: ['readControl', 'controlRuns', 'describeExecutions', 'answerTasks'],
  },
  'publish-catalog': {
    does: 'Tells the ledger, at each deploy, which tables and files the service knows now',
    timeout: 60,
    memory: 512,
    carriesTransformations: true,
    may: ['publishCatalog'],
  },
};
