import { expect, it } from 'vitest';
import { pictureRun } from '../../../cli/page/run-picture.ts';
import { statusDocument } from '../../../cli/status/status-document.ts';
import { tablesAsked } from '../../../cli/tables-asked.ts';
import { doubleService } from '../../support/double-service.ts';

/** What docs/watching-a-run.md says of requests to the ledger. */
it.each([
  [1, 9, 21],
  [4, 12, 24],
  [64, 24, 36],
])(
  'a look at a table with a run of %i segments takes %i requests to the ledger, and the page of the run %i',
  async (segments, ofLook, ofPage) => {
    const { service, ledger } = doubleService(['Users'], segments, () => 0);
    const [users] = await tablesAsked({ table: 'Users', service });
    if (!users) throw new Error('the double has the table');
    await statusDocument(service, users, { withFailures: false, bill: { prices: undefined } });
    expect(ledger.requests).toHaveLength(ofLook);
    const before = ledger.requests.length;
    await pictureRun(service, users, { id: undefined, withKeys: false, now: new Date() });
    expect(ledger.requests.length - before).toBe(ofPage);
  },
);
