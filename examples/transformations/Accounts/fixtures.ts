export const keys = ['id'];

export const before = [{ id: 'a1', name: 'Ada' }, { id: 'a2' }, { id: 'a3', plan: 'trial' }, { id: 'a4' }];

export const after = [{ id: 'a1', name: 'Ada', plan: 'pro' }, { id: 'a2' }, { id: 'a3', plan: 'trial' }, { id: 'a4', plan: 'free' }];

/** What plans.json has. */
export const preparation = { a1: 'pro', a3: 'pro', a4: 'free', a9: 'free' };

export const environment = { EXPORTS_BUCKET: 'exports' };
