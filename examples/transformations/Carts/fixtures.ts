export const keys = ['id'];

const dollars = { sku: 'pen', price: { cents: 150, currency: 'USD' } };

export const before = [
  {
    id: 'c1',
    lines: [
      { sku: 'book', price: 12.5, gift: true },
      { sku: 'mug', price: 7.99 },
    ],
  },
  { id: 'c2' },
  { id: 'c3', lines: [{ sku: 'book', price: 12.5 }, dollars] },
  { id: 'c4', lines: [] },
];

export const after = [
  {
    id: 'c1',
    lines: [
      { sku: 'book', price: { cents: 1250, currency: 'EUR' }, gift: true },
      { sku: 'mug', price: { cents: 799, currency: 'EUR' } },
    ],
  },
  { id: 'c2' },
  { id: 'c3', lines: [{ sku: 'book', price: { cents: 1250, currency: 'EUR' } }, dollars] },
  { id: 'c4', lines: [] },
];
