import { defineTransformation } from 'dynamodt';

interface Doc {
  pk: string;
  sk: string;
  tenant?: string;
}

/** Tenant prefix: the partition key of each document gets its tenant in front. A key cannot change, so the item moves, in one transaction. */
export default defineTransformation<Doc>()({
  sequence: 1,
  inserts: true,
  deletes: true,
  transformUp(doc) {
    if (doc.tenant === undefined || doc.pk.startsWith(prefixOf(doc.tenant))) return;
    return [{ ...doc, pk: prefixOf(doc.tenant) + doc.pk }];
  },
  transformDown(doc) {
    if (doc.tenant === undefined || !doc.pk.startsWith(prefixOf(doc.tenant))) return;
    return [{ ...doc, pk: doc.pk.slice(prefixOf(doc.tenant).length) }];
  },
});

function prefixOf(tenant: string): string {
  return `TENANT#${tenant}#`;
}
