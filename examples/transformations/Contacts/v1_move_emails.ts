import { insert, remove } from 'dynamodt';

export const sequence = 1;
export const deletes = true;
export const writes = ['Emails'];

interface Contact {
  pk: string;
  kind?: string;
}

/** Move to another table: addresses leave the table in which they stood beside contacts. */
export function transformUp({ pk, kind, ...rest }: Contact) {
  if (kind !== 'email') return undefined;
  return [remove(), insert({ address: pk.replace('EMAIL#', ''), ...rest }, { table: 'Emails' })];
}
