import { defineTransformation } from 'dynamodt';
import tickets from './closed-by-mistake.json' with { type: 'json' };

interface Ticket {
  id: string;
  status: string;
}

const reason = 'closed by mistake on May 4';

/** A list of ids: opens the tickets again that a bug has closed. A run reads these and no others. */
export default defineTransformation<Ticket>()({
  sequence: 1,
  adds: ['reopened'],
  overwrites: ['status'],
  only: { partitions: tickets },
  transformUp(ticket) {
    return ticket.status === 'closed' ? { ...ticket, status: 'open', reopened: reason } : undefined;
  },
  transformDown({ reopened, ...ticket }) {
    return reopened === reason ? { ...ticket, status: 'closed' } : undefined;
  },
});
