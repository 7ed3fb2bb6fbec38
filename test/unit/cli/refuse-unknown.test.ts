import { expect, it } from 'vitest';
import type { DeployedService } from '../../../aws/operator/deployed-service.ts';
import { OperatorError } from '../../../aws/operator/operator-error.ts';
import { refuseUnknown } from '../../../cli/run/refuse-unknown.ts';
import { parseRunInput } from '../../../core/run/run-input.ts';
import type { Catalog, PublishedFile } from '../../../core/transformation/catalog.ts';

function file(sequence: number, fields: Partial<PublishedFile> = {}): PublishedFile {
  return { file: `Users/v${sequence}.ts`, sequence, checksum: `c${sequence}`, ...fields };
}

function serviceWith(files: PublishedFile[], error?: Error): DeployedService {
  const catalog: Catalog = { tables: { Users: { tableName: 'users', files } } };
  const ledger = { versions: async () => [], runs: async () => [] };
  return { catalog: () => (error ? Promise.reject(error) : Promise.resolve(catalog)), ledger } as unknown as DeployedService;
}

const files = [file(1), file(2)];

it.each([
  ['a table that the service does not know', { table: 'Usres' }, files, 'UnknownTable', 'It knows Users.'],
  ['a version that is not deployed', { to: 9 }, files, 'InvalidInput', 'There is no Users v9. Deployed versions: v1, v2.'],
  ['a version to sweep once more that is not deployed', { again: 9 }, files, 'InvalidInput', 'There is no Users v9'],
  ['a file that cannot be bundled', {}, [file(1, { problem: 'has no end' })], 'InvalidTransformation', 'Users/v1.ts has no end'],
  ['two files with one number', {}, [file(1), file(1)], 'InvalidTransformation', 'Users/v1.ts'],
])('refuses %s before anything is started', async (_, input, deployed, name, message) => {
  const refused = refuseUnknown(parseRunInput({ table: 'Users', ...input }), { service: serviceWith(deployed) });
  await expect(refused).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});

it.each([
  ['that names a deployed version', { to: 2 }, files],
  ['down, which may go by the journal without any file', { direction: 'down', to: 0 }, [file(3, { problem: 'x' })]],
  ['with kept code', { keptCode: true }, [file(3, { problem: 'x' })]],
])('permits a start %s', async (_, input, deployed) => {
  const permitted = refuseUnknown(parseRunInput({ table: 'Users', ...input }), { service: serviceWith(deployed) });
  await expect(permitted).resolves.toBeUndefined();
});

it('leaves it to the start in local AWS, which deploys changed files then', async () => {
  const service = { ...serviceWith(files), isElsewhere: true } as unknown as DeployedService;
  await refuseUnknown(parseRunInput({ table: 'Fresh' }), { service });
});

it('leaves it to the start to say that no service is deployed', async () => {
  await refuseUnknown(parseRunInput({ table: 'Users' }), { service: serviceWith([], new OperatorError('ServiceNotFound', 'x')) });
});
