import { defineTransformation } from 'dynamodt';

interface Author {
  id: string;
  name?: string;
}

const wiki = process.env['WIKI_URL'] ?? 'https://en.wikipedia.org/wiki/';
/** Requests at a time: the wiki is live, too. */
const atATime = 8;

/**
 * Marks the authors who have a page in a wiki. Whether they have one is asked once, before the first item is written: `transformUp` is
 * called again after a crash or a lost race, and must give the same each time.
 */
export default defineTransformation<Author>()({
  sequence: 1,
  adds: ['hasWikiPage'],

  /** One request per author; what is kept is the ids of those who have a page. */
  async prepare({ scan, log }) {
    const found: string[] = [];
    let asking: Promise<void>[] = [];
    for await (const { id, name } of scan(['id', 'name'])) {
      if (typeof id !== 'string' || typeof name !== 'string') continue;
      asking.push(
        hasPage(name).then((has) => {
          if (has) found.push(id);
        }),
      );
      if (asking.length < atATime) continue;
      await Promise.all(asking);
      asking = [];
    }
    await Promise.all(asking);
    log('wikiAsked', { found: found.length });
    return Object.fromEntries(found.sort().map((id) => [id, true]));
  },

  transformUp(author, { preparation }) {
    if (!author.name) return;
    return { ...author, hasWikiPage: Object.hasOwn(preparation, author.id) };
  },
});

async function hasPage(name: string): Promise<boolean> {
  const response = await fetch(new URL(encodeURIComponent(name.replaceAll(' ', '_')), wiki), { method: 'HEAD' });
  if (response.ok || response.status === 404) return response.ok;
  throw new Error(`the wiki answered ${response.status}`);
}
