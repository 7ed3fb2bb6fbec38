import { insert } from 'dynamodt';

export const sequence = 1;
export const inserts = { onExisting: 'fail' };

interface Member {
  pk: string;
  email?: string;
}

/**
 * Uniqueness items: gives each address an item of its own, by which the application makes sure that no two members have the same. If two have,
 * one of them fails with TargetExists, and `status --failures` names both keys. The members need no mark.
 */
export function transformUp(member: Member) {
  if (member.email === undefined) return undefined;
  return [member, insert({ pk: `EMAIL#${member.email}`, member: member.pk })];
}
