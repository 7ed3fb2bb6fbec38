export const keys = ['id'];

export const startedAt = Date.UTC(2026, 5, 1);

export const before = [
  { id: 'old', createdAt: Date.UTC(2024, 0, 1), user: 'u1' },
  { id: 'new', createdAt: Date.UTC(2026, 4, 31) },
  { id: 'kept', createdAt: Date.UTC(2026, 4, 31), expiresAt: 1790000000 },
  { id: 'settings' },
];

export const after = [
  { id: 'old', createdAt: Date.UTC(2024, 0, 1), user: 'u1', expiresAt: Date.UTC(2026, 5, 8) / 1000 },
  { id: 'new', createdAt: Date.UTC(2026, 4, 31), expiresAt: Date.UTC(2026, 7, 29) / 1000 },
  { id: 'kept', createdAt: Date.UTC(2026, 4, 31), expiresAt: 1790000000 },
  { id: 'settings' },
];

/** Down also takes what the application set. */
export const back = before.map(({ expiresAt, ...session }) => session);
