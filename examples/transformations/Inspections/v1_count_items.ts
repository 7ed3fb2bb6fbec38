import { defineTransformation } from 'dynamodt';

interface Inspection {
  id: string;
  owner?: string;
}

interface InspectionItem {
  inspectionId: string;
  position: number;
  passed: boolean;
}

interface Person {
  id: string;
  name: string;
}

/**
 * Join from another table, and from another item: gives each inspection the number of its items, which stand in a table of their own, and the
 * name of its owner, who stands in the same table.
 */
export default defineTransformation<Inspection>()({
  sequence: 1,
  adds: ['items', 'failedItems', 'ownerName'],
  lookups: { items: 'InspectionItems' },
  async transformUp(inspection, { look }) {
    if (inspection.owner === undefined) return;
    const [items, owner] = await Promise.all([
      look.items.query<InspectionItem>({ inspectionId: inspection.id }),
      look.self.get<Person>({ id: inspection.owner }),
    ]);
    const failedItems = items.filter(({ passed }) => !passed).length;
    return { ...inspection, items: items.length, failedItems, ...(owner ? { ownerName: owner.name } : {}) };
  },
});
