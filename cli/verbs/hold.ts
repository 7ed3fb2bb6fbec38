import type { HeldVersions } from '../../core/run/versions/hold-versions.ts';
import { operator } from '../operator.ts';
import { sequenceFrom } from '../options.ts';
import { oneTableAsked } from '../tables-asked.ts';
import { type HoldShown, holdInWords, holdShown } from '../terminal/hold-shown.ts';
import { versions as versionsInWords } from '../terminal/in-words.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

/** What `hold` prints with `--json`. Fields may be added, but not changed. */
export interface HoldDocument {
  table: string;
  hold: HoldShown | null;
  /** A run that began before, and the held versions that it applies nevertheless. */
  underWay?: HeldVersions['underWay'];
}

/** What `release` prints with `--json`. Fields may be added, but not changed. */
export interface ReleaseDocument {
  table: string;
  /** Null if no version was held. */
  released: HoldShown | null;
}

const maxWhy = 500;

/** Keeps starts that name no version, such as those of pipelines, from applying versions from a number on. */
export const hold: Verb = {
  name: 'hold',
  summary: 'let no pipeline apply versions of a table from a number on, until they are released',
  example: 'hold Users --below 3 --why "v3 was rolled back, see INC-42"',
  addOptions: (command) => {
    command
      .option('--below <n>', 'only versions below this one are applied', sequenceFrom)
      .option('--why <text>', 'the reason, which `status` and `plan` show');
  },
  run: async (invocation) => {
    const { service, output, options } = invocation;
    const { below, why = '' } = options as { below?: number; why?: string };
    if (below === undefined)
      throw new UsageError('Say which versions stay out: `dynamodt hold Users --below 3 --why "…"` holds v3 and above.');
    if (why.trim() === '' || why.length > maxWhy)
      throw new UsageError(`Say why, in up to ${maxWhy} characters, for those who meet the hold: \`--why "v${below} was rolled back"\`.`);
    const { table, files } = await oneTableAsked(invocation, 'hold');
    const { hold: held, underWay } = await service.hold({ table, below, why, by: operator(), now: new Date().toISOString() });
    const shown = holdShown(held, files, await service.ledger.versions(table));
    const document: HoldDocument = { table, hold: shown ?? null, ...(underWay ? { underWay } : {}) };
    output.document(document);
    output.text([
      `${table}: ${shown ? holdInWords(shown) : 'nothing is held'}`,
      `  It ends with \`dynamodt release ${table}\`; \`dynamodt up ${table} --to ${below}\` applies v${below} nevertheless`,
    ]);
    if (underWay)
      output.say(
        output.styled(
          'yellow',
          `Run ${underWay.run} began before the hold and applies ${versionsInWords(underWay.sequences)}: \`dynamodt stop ${table}\` ends it.`,
        ),
      );
    return 0;
  },
};

/** Ends a hold. */
export const release: Verb = {
  name: 'release',
  summary: 'end a hold: the next start applies all pending versions of the table again',
  example: 'release Users',
  addOptions: () => undefined,
  run: async (invocation) => {
    const { service, output } = invocation;
    const { table, files } = await oneTableAsked(invocation, 'release');
    const { before } = await service.hold({ table, by: operator(), now: new Date().toISOString() });
    const released = holdShown(before, files, await service.ledger.versions(table));
    const document: ReleaseDocument = { table, released: released ?? null };
    output.document(document);
    if (!released) output.text(`${table}: nothing to release, no version is held`);
    else
      output.text(
        released.sequences.length > 0
          ? `${table}: ${versionsInWords(released.sequences)} released; the next \`dynamodt up ${table}\` or pipeline applies ${released.sequences.length > 1 ? 'them' : 'it'}`
          : `${table}: the hold below ${released.below} is released`,
      );
    return 0;
  },
};
