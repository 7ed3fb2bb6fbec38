import { defineTransformation } from 'dynamodt';

interface Product {
  id: string;
  releasedAt?: string | number;
}

/**
 * Type change: the time of the release, a text such as 2026-03-01T12:00:00.000Z, becomes a number of milliseconds. A text from which down could not
 * make the same again fails the item, so that somebody looks at it.
 */
export default defineTransformation<Product>()({
  sequence: 1,
  overwrites: ['releasedAt'],
  transformUp(product) {
    if (typeof product.releasedAt !== 'string') return;
    const time = new Date(product.releasedAt);
    if (time.toISOString() !== product.releasedAt) throw new RangeError('releasedAt is not a time in UTC with milliseconds');
    return { ...product, releasedAt: time.getTime() };
  },
  transformDown(product) {
    if (typeof product.releasedAt !== 'number') return;
    return { ...product, releasedAt: new Date(product.releasedAt).toISOString() };
  },
});
