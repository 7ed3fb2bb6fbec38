import { defineTransformation } from 'dynamodt';

interface Invoice {
  id: string;
  touchedAt?: number;
}

/**
 * Touch for streams: writes each invoice once, so that what reads the table's stream gets all of them, such as a new search index. `up --again 1` does
 * it once more.
 */
export default defineTransformation<Invoice>()({
  sequence: 1,
  overwrites: ['touchedAt'],
  transformUp: (invoice, { startedAt }) => ({ ...invoice, touchedAt: startedAt }),
  transformDown: ({ touchedAt, ...invoice }) => invoice,
});
