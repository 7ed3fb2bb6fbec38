import { expect, it } from 'vitest';
import { failureKey, runKey } from '../../../aws/ledger/ledger-keys.ts';
import { pictureRun } from '../../../cli/page/run-picture.ts';
import { statusDocument } from '../../../cli/status/status-document.ts';
import { tablesAsked } from '../../../cli/tables-asked.ts';
import { doubleService } from '../../support/double-service.ts';
import { aRun } from '../../support/run-records.ts';

it('lists, in status and on the page, what an undo left in the passes of all its versions', async () => {
  // The double's second pass, of v1, is settled; the third is under way.
  const { service, ledger } = doubleService(['Users'], 1, () => 0);
  const undone = (sequence: number) => ({ sequence, checksum: `1:${sequence}`, prepares: false, by: 'journal' as const });
  ledger.put(
    runKey('Users', 'r1'),
    aRun({ id: 'r1', table: 'Users', direction: 'down', status: 'running', steps: [undone(1), undone(2)] }),
  );
  for (const [pass, sequence, id] of [
    [2, 1, 'a'],
    [3, 2, 'b'],
  ] as const)
    ledger.put(failureKey('r1', pass, 0, id), {
      sequence,
      segment: 0,
      key: { id },
      name: 'ChangedSince',
      message: 'It was written since.',
    });
  const [users] = await tablesAsked({ table: 'Users', service });
  if (!users) throw new Error('the double has the table');

  const status = await statusDocument(service, users, { withFailures: true });
  const picture = await pictureRun(service, users, { id: undefined, withKeys: true, now: new Date() });

  for (const { failures = [] } of [status, picture]) expect(failures.map(({ sequence }) => sequence).sort()).toEqual([1, 2]);
});
