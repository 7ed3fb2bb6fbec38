export const keys = ['id'];

export const indexes = { Open: ['openSince'] };

const delivered = [
  { id: 's1', carrier: 'Blue Line', deliveredAt: 5 },
  { id: 's2', carrier: 'Quick Post', deliveredAt: 6 },
];

export const before = [
  ...delivered,
  { id: 's3', carrier: 'Blue Line', openSince: 7 },
  { id: 's4', carrier: 'Quick Post', openSince: 7, weight: 3 },
  { id: 's5', carrier: 'by hand', openSince: 8 },
  { id: 's6', carrier: 'Quick Post', openSince: 9 },
];

export const after = [
  ...delivered,
  { id: 's3', carrier: 'Blue Line', openSince: 7, carrierCode: 'BL' },
  { id: 's4', carrier: 'Quick Post', openSince: 7, weight: 3, carrierCode: 'QP' },
  { id: 's5', carrier: 'by hand', openSince: 8 },
  { id: 's6', carrier: 'Quick Post', openSince: 9, carrierCode: 'QP' },
];
