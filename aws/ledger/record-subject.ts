import type { RunErrorFields } from '../../core/errors.ts';

/** What a record of the ledger is about, by its key: in words, as the beginning of a sentence, and as fields of an error. */
export function recordSubject(pk: string, sk: string): { inWords: string; fields: RunErrorFields } {
  const [kind, name = ''] = splitOnce(pk);
  const [part, id = ''] = splitOnce(sk);
  if (kind === 'run') {
    const run = name.split('#', 1)[0] ?? name;
    return { inWords: `A record of run ${run} (${sk})`, fields: { run } };
  }
  if (kind === 'follow') return { inWords: `A record of the follower of ${name} (${sk})`, fields: { table: name } };
  if (kind !== 'table') return { inWords: `The record ${pk}`, fields: {} };
  const sequence = Number.parseInt(id, 10);
  switch (part) {
    case 'lock':
      return { inWords: `The lock of ${name}`, fields: { table: name } };
    case 'run':
      return { inWords: `The record of run ${id} of ${name}`, fields: { table: name, run: id } };
    case 'part': {
      const [run = ''] = id.split('#', 1);
      return { inWords: `The record of a part of run ${run} of ${name}`, fields: { table: name, run } };
    }
    case 'refused':
      return { inWords: `The record of a refused start of ${name}`, fields: { table: name } };
    case 'version':
      return { inWords: `The record of ${name} v${sequence}`, fields: { table: name, sequence } };
    case 'preparation':
      return { inWords: `The record of the preparation of ${name} v${sequence}`, fields: { table: name, sequence } };
    default:
      return { inWords: `A record of ${name} (${sk})`, fields: { table: name } };
  }
}

function splitOnce(text: string): [string, string?] {
  const at = text.indexOf('#');
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
