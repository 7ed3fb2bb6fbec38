import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { publishCatalog } from '../aws/ledger/catalog.ts';
import { keepCode } from '../aws/ledger/keep-code.ts';
import { defaultJournalRetentionDays } from '../core/journal/journal-retention.ts';
import type { Following } from '../infra/checks/follow-settings.ts';
import { defaultWorkerMemory } from '../infra/deployed-functions.ts';
import { packageVersion } from '../infra/package-version.ts';
import { bundleDescribed } from './deploy/bundle-described.ts';
import { functionEnvironment, type Runtime } from './functions/function-environment.ts';
import type { ServedService } from './served-service.ts';
import { constructSettings } from './streams/mapping-settings.ts';

export interface SourcesServiceOptions {
  /** The team's files. */
  source: string;
  /** Folder of built functions, `<name>.mjs`. */
  functions: string;
  /** Folder of `*.asl.json`. */
  stateMachines: string;
  runtime: Runtime;
  client: DynamoDBClient;
  /** Logical to physical names. */
  tables: Record<string, string>;
  /** How the streams of tables are followed, by logical names. */
  follow: Readonly<Record<string, Following>>;
  extra: Record<string, string>;
  /** The version that the next deploy publishes; undefined if deploys publish none. */
  nextVersion(): string | undefined;
  log(line: string): void;
}

/** The service made of the team's files, with the functions and definitions of this package. */
export function sourcesService(options: SourcesServiceOptions): ServedService {
  const { source, functions, stateMachines, runtime, client, tables, follow, extra, nextVersion, log } = options;
  const { names } = runtime;
  const fileOf = (name: string): string => join(functions, `${name}.mjs`);
  const environmentOf = functionEnvironment({ ...runtime, tables, extra });
  return {
    source,
    bundle: bundlerThatTells(log),
    publish: async (manifest, folder) => {
      const ledger = { client, ledger: names.ledger };
      await keepCode(ledger, manifest, (path) => readFile(join(folder, path), 'utf8'), new Date().toISOString());
      await publishCatalog(
        ledger,
        manifest,
        { tables, lookupTables: tables, follows: Object.keys(follow), deploy: nextVersion(), version: packageVersion() },
        {
          preparations: { bucket: names.bucket, key: names.keyArn },
          journalRetention: defaultJournalRetentionDays,
          workerMemory: defaultWorkerMemory,
          eventBus: 'default',
        },
      );
    },
    hasFunction: (name) => existsSync(fileOf(name)),
    fileOf,
    environmentOf: (name, deployment) => ({
      DYNAMODT_FOLLOW: JSON.stringify(follow),
      // It says what is deployed. The processes here have all memory of the machine, so that preparations need not be smaller for it.
      ...(name === 'publish-catalog' ? { DYNAMODT_WORKER_MEMORY: String(defaultWorkerMemory) } : {}),
      ...environmentOf(name, deployment),
    }),
    followed: () => Object.keys(follow).map((table) => ({ table: tables[table] ?? table, settings: constructSettings })),
    definitionsIn: () => stateMachines,
  };
}

/** Bundles, and logs once what a deploy in AWS would be refused for, or warned of. */
function bundlerThatTells(log: (line: string) => void): typeof bundleDescribed {
  const told = new Set<string>();
  return async (source, target) => {
    const bundled = await bundleDescribed(source, target);
    const notes = Object.values(bundled.tables).flatMap((files) =>
      files.flatMap(({ file, notes: of = [] }) => of.map((note) => `${file} ${note}.`)),
    );
    for (const message of [...bundled.unused.map((one) => one.message), ...notes]) {
      if (!told.has(message)) log(message);
      told.add(message);
    }
    return bundled;
  };
}
