import { defineTransformation } from 'dynamodt';

interface Subscriber {
  id: string;
  email?: string;
  since?: number;
}

/**
 * Dedupe: of the subscribers with the same address, the one that came first stays. `prepare` reads the table once and lists the others; the run then
 * reads only those, and deletes each if it still has the address of the one that stays.
 */
export default defineTransformation<Subscriber>()({
  sequence: 1,
  deletes: true,
  async prepare({ scan }) {
    const first = new Map<string, Subscriber>();
    const staysFor: Record<string, string> = {};
    for await (const { id, email, since } of scan(['id', 'email', 'since'])) {
      if (typeof id !== 'string' || typeof email !== 'string' || typeof since !== 'number') continue;
      const one = { id, email, since };
      const other = first.get(email) ?? one;
      const [stays, goes] = isEarlier(one, other) ? [one, other] : [other, one];
      first.set(email, stays);
      if (goes !== stays) staysFor[goes.id] = email;
    }
    return Object.fromEntries(Object.entries(staysFor).map(([id, email]) => [id, first.get(email)?.id]));
  },
  only: { partitions: ({ preparation }) => Object.keys(preparation) },
  async transformUp(subscriber, { preparation, look }) {
    const id = preparation[subscriber.id];
    if (id === undefined || subscriber.email === undefined) return;
    const stays = await look.self.get<Subscriber>({ id });
    return stays?.email === subscriber.email ? [] : undefined;
  },
});

function isEarlier(one: Subscriber, other: Subscriber): boolean {
  return one.since === other.since ? one.id < other.id : (one.since ?? 0) < (other.since ?? 0);
}
