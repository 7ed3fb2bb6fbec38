export const keys = ['id'];

const ada = { id: 'ada', name: 'Ada Lovelace' };

export const before = [{ id: 'i1', owner: 'ada' }, { id: 'i2', owner: 'nobody' }, { id: 'i3', owner: 'ada', note: 'x' }, ada];

export const after = [
  { id: 'i1', owner: 'ada', items: 2, failedItems: 1, ownerName: 'Ada Lovelace' },
  { id: 'i2', owner: 'nobody', items: 0, failedItems: 0 },
  { id: 'i3', owner: 'ada', note: 'x', items: 1, failedItems: 0, ownerName: 'Ada Lovelace' },
  ada,
];

/** Rows that are looked up, by the names in the file's `lookups`. */
export const lookups = {
  items: {
    keys: ['inspectionId', 'position'],
    rows: [
      { inspectionId: 'i1', position: 1, passed: true },
      { inspectionId: 'i1', position: 2, passed: false },
      { inspectionId: 'i3', position: 1, passed: true },
    ],
  },
};
