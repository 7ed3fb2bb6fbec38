import { ownValue } from '../../core/own-value.ts';
import type { Check, DoctorDocument } from '../doctor/check.ts';
import { doctorText } from '../doctor/doctor-text.ts';
import { fileChecks } from '../doctor/file-checks.ts';
import { serviceChecks, surroundingChecks } from '../doctor/surroundings.ts';
import { settingChecks, standingChecks } from '../doctor/table-checks.ts';
import { folderOf } from '../files/transformations-folder.ts';
import { statusOrError } from '../status/status-document.ts';
import { type TableAsked, tablesAsked } from '../tables-asked.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Looks at all that a run needs, and says what mends it. */
export const doctor: Verb = {
  name: 'doctor',
  summary: 'look at credentials, service, tables and runs, and say what mends what is wrong',
  example: 'doctor Users',
  addOptions: () => undefined,
  run: async (invocation) => {
    const { output } = invocation;
    const checks = await allChecks(invocation);
    const document: DoctorDocument = { ok: checks.every(({ health }) => health !== 'red'), checks };
    output.document(document);
    output.text(doctorText(document, output));
    return document.ok ? 0 : 1;
  },
};

async function allChecks(invocation: Invocation): Promise<Check[]> {
  const { service, version } = invocation;
  const surroundings = await surroundingChecks(service, process.env);
  // Without credentials or a region, no request would tell more.
  if (surroundings.some(({ health }) => health === 'red')) return surroundings;
  const { checks, isDeployed } = await serviceChecks(service, version);
  const ofTables = isDeployed ? await tableChecks(invocation) : [];
  return [...surroundings, ...checks, ...ofTables];
}

async function tableChecks(invocation: Invocation): Promise<Check[]> {
  const { service } = invocation;
  const [tables, local] = [await tablesAsked(invocation), await filesHere(invocation)];
  const checks = await Promise.all(
    tables.map(
      async (asked): Promise<Check[]> => [
        ...(await settingsOf(asked, invocation)),
        ...standingChecks(await statusOrError(service, asked, { withFailures: false })),
        ...(local ? fileChecks(asked.table, ownValue(local, asked.table) ?? [], asked.files) : []),
      ],
    ),
  );
  return checks.flat();
}

async function settingsOf({ table, tableName = table }: TableAsked, { service }: Invocation): Promise<Check[]> {
  try {
    return settingChecks(table, tableName, await service.tables.health(tableName));
  } catch (error) {
    const explained = await service.explained(error);
    return [{ table, name: 'table', health: 'notKnown', message: explained instanceof Error ? explained.message : String(explained) }];
  }
}

/** By tables; undefined if the folder is not here, or cannot be bundled. */
async function filesHere({ config }: Invocation) {
  const { withBundledTables } = await import('../files/local-tables.ts');
  try {
    return await withBundledTables(folderOf(config), async (tables) =>
      Object.fromEntries(tables.map(({ table, entries }) => [table, entries])),
    );
  } catch {
    return undefined;
  }
}
