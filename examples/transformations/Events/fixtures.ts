export const keys = ['id'];

export const startedAt = Date.UTC(2026, 5, 1);

export const parameters = { days: 30 };

const young = [
  { id: 'e1', createdAt: Date.UTC(2026, 4, 31) },
  { id: 'e2', createdAt: Date.UTC(2026, 4, 3) },
  { id: 'settings', retention: 30 },
];

export const before = [
  ...young,
  { id: 'e3', createdAt: Date.UTC(2026, 4, 1) },
  { id: 'e4', createdAt: Date.UTC(2020, 4, 1), tags: ['x'] },
  { id: 'e5', createdAt: Date.UTC(2026, 3, 1) },
];

export const after = young;
