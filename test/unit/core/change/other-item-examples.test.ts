import { describe, expect, it } from 'vitest';
import { check } from '../../../../core/change/check-transformation.ts';
import * as moveEmails from '../../../../examples/transformations/Contacts/v1_move_emails.ts';
import * as uniqueEmails from '../../../../examples/transformations/Members/v1_unique_emails.ts';

const grace = { pk: 'm1', email: 'grace@navy.mil' };
const reserved = { pk: 'EMAIL#grace@navy.mil', member: 'm1' };

describe('uniqueness items', () => {
  it('are inserted, and are done where they are among the fixtures', async () => {
    expect(await check(uniqueEmails, [grace, { pk: 'm2' }], { keys: ['pk'] })).toEqual([
      { before: grace, outcome: 'changed', after: [grace, reserved] },
      { before: { pk: 'm2' }, outcome: 'unchanged', after: [{ pk: 'm2' }] },
    ]);
    expect(await check(uniqueEmails, [grace, reserved], { keys: ['pk'] })).toMatchObject([
      { outcome: 'unchanged' },
      { outcome: 'unchanged' },
    ]);
  });

  it('fail for a second member with the address', async () => {
    await expect(check(uniqueEmails, [grace, { ...grace, pk: 'm2' }], { keys: ['pk'] })).rejects.toThrow('TargetExists');
    await expect(check(uniqueEmails, [grace, { ...reserved, member: 'm2' }], { keys: ['pk'] })).rejects.toThrow('TargetExists');
  });
});

describe('a move to another table', () => {
  const email = { pk: 'EMAIL#grace@navy.mil', kind: 'email', of: 'm1' };
  const moved = { address: 'grace@navy.mil', of: 'm1' };

  it('shows what is inserted there', async () => {
    const options = { keys: ['pk'], writes: { Emails: { keys: ['address'] } } };

    expect(await check(moveEmails, [email], options)).toEqual([
      { before: email, outcome: 'changed', after: [], elsewhere: [{ table: 'Emails', item: moved }] },
    ]);
  });

  it('fails where something else is there, and asks for the keys of that table', async () => {
    const there = { keys: ['address'], items: [{ ...moved, of: 'm2' }] };

    await expect(check(moveEmails, [email], { keys: ['pk'], writes: { Emails: there } })).rejects.toThrow('TargetExists');
    await expect(check(moveEmails, [email], { keys: ['pk'] })).rejects.toThrow('Give check the keys of that table');
  });
});
