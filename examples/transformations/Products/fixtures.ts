export const keys = ['id'];

export const before = [
  { id: 'p1', releasedAt: '2026-03-01T12:00:00.000Z', name: 'Lamp' },
  { id: 'p2' },
  { id: 'p3', releasedAt: '1969-07-20T20:17:40.000Z' },
  { id: 'p4', releasedAt: '2026-03-01T12:00:00.001Z' },
];

export const after = [
  { id: 'p1', releasedAt: 1772366400000, name: 'Lamp' },
  { id: 'p2' },
  { id: 'p3', releasedAt: -14182940000 },
  { id: 'p4', releasedAt: 1772366400001 },
];
