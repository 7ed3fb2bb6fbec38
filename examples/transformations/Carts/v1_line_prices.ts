import { defineTransformation } from 'dynamodt';

interface Price {
  cents: number;
  currency: string;
}

interface Line {
  sku: string;
  price: number | Price;
}

interface Cart {
  id: string;
  lines?: Line[];
}

/** Nested change: the price of each line, a number of euros, becomes an amount in cents with its currency. */
export default defineTransformation<Cart>()({
  sequence: 1,
  overwrites: ['lines'],
  transformUp(cart) {
    return cart.lines && { ...cart, lines: cart.lines.map((line) => ({ ...line, price: inCents(line.price) })) };
  },
  transformDown(cart) {
    return cart.lines && { ...cart, lines: cart.lines.map((line) => ({ ...line, price: inEuros(line.price) })) };
  },
});

function inCents(price: number | Price): number | Price {
  return typeof price === 'number' ? { cents: Math.round(price * 100), currency: 'EUR' } : price;
}

/** What the application has priced in another currency since stays as it is: the old shape cannot say it. */
function inEuros(price: number | Price): number | Price {
  return typeof price === 'object' && price.currency === 'EUR' ? price.cents / 100 : price;
}
