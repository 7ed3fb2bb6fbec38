export const keys = ['id'];

export const startedAt = Date.UTC(2026, 5, 1);

export const before = [{ id: 'i1', total: 12.5 }, { id: 'i2' }, { id: 'i3' }, { id: 'i4' }];

export const after = before.map((invoice) => ({ ...invoice, touchedAt: startedAt }));

/** What a run `up --again 1` makes of it, two minutes later. */
export const afterAgain = before.map((invoice) => ({ ...invoice, touchedAt: startedAt + 120_000 }));
