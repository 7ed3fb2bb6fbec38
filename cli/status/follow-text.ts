import { countOf } from '../../core/count-of.ts';
import { moment, versions, whole } from '../terminal/in-words.ts';
import { jsonText } from '../terminal/json-text.ts';
import type { Output } from '../terminal/output.ts';
import { textTable } from '../terminal/text-table.ts';
import type { FollowedShown, FollowShown } from './follow-shown.ts';

/** What is known of a followed table, as lines. */
export function followText(table: string, shown: FollowShown, output: Pick<Output, 'styled'>): string[] {
  const { following, followingSince = {}, since = '', notFollowed, versions: brought, failed, failures, behindAt } = shown;
  const later = following.flatMap((sequence) => {
    const from = followingSince[sequence];
    return from !== undefined && from > since ? [`v${sequence} is followed since ${moment(from)}`] : [];
  });
  return [
    `${stateInWords(table, shown, output)}${following.length > 0 ? `: ${versions(following)}` : ''}`,
    ...later,
    ...(behindAt === undefined ? [] : [`records were last late, by more than five minutes, at ${moment(behindAt)}`]),
    ...notFollowed.map(({ sequence, reason }) => `${output.styled('yellow', `not following v${sequence}`)}: ${reason}`),
    ...(brought.length > 0 ? broughtText(brought, output) : []),
    ...brought.flatMap(({ sequence, samples = [] }) =>
      samples.map(({ key, at }) => `v${sequence} brought up ${jsonText(key)}, ${moment(at)}`),
    ),
    ...(failed > 0 ? [output.styled('red', failedInWords(table, failed, failures !== undefined))] : []),
    ...(failures && failures.length > 0 ? failuresText(failures, output) : []),
  ];
}

function stateInWords(table: string, { state, since, seenAt, changedAt = '' }: FollowShown, { styled }: Pick<Output, 'styled'>): string {
  if (state === 'paused') return styled('yellow', `following is paused; \`dynamodt resume ${table} --all\` goes on`);
  if (state === 'changing') return styled('yellow', 'following starts or ends now');
  if (since === undefined) return 'following, and nothing was written to the table since';
  return `following since ${moment(changedAt > since ? changedAt : since)}, last called ${moment(seenAt ?? since)}`;
}

function broughtText(brought: readonly FollowedShown[], { styled }: Pick<Output, 'styled'>): string[] {
  const [titles = '', ...lines] = textTable<FollowedShown>(
    [
      { title: 'brought up', of: ({ sequence }) => `v${sequence}` },
      { title: 'last hour', of: ({ lastHour }) => whole(lastHour), align: 'right' },
      { title: 'last day', of: ({ lastDay }) => whole(lastDay), align: 'right' },
      { title: 'in all', of: ({ total }) => whole(total), align: 'right' },
      ...(brought.some(({ failed }) => failed > 0)
        ? [{ title: 'failed', of: ({ failed }: FollowedShown) => whole(failed), align: 'right' } as const]
        : []),
      { title: 'last (UTC)', of: ({ lastAt }) => moment(lastAt) },
      { title: 'written by', of: ({ writers = [] }) => writersInWords(writers) },
    ],
    brought,
  );
  return [styled('dim', titles), ...lines];
}

const maxWriters = 5;

/** Writers are values of items that the team chose to show. */
function writersInWords(writers: NonNullable<FollowedShown['writers']>): string {
  const named = writers.slice(0, maxWriters).map(({ writer, changed }) => `${jsonText(writer)} (${whole(changed)})`);
  const rest = writers.length - named.length;
  return named.length === 0 ? '–' : [...named, ...(rest > 0 ? [`${whole(rest)} more`] : [])].join(', ');
}

function failedInWords(table: string, failed: number, areListed: boolean): string {
  const how = areListed ? '' : `\`dynamodt follow ${table} --failures\` lists them, and `;
  return `${countOf(failed, 'item')} could not be brought up: ${how}\`dynamodt follow ${table} --retry\` tries again`;
}

function failuresText(failures: NonNullable<FollowShown['failures']>, { styled }: Pick<Output, 'styled'>): string[] {
  const [titles = '', ...lines] = textTable(
    [
      { title: 'version', of: ({ sequence }) => (sequence === undefined ? '–' : `v${sequence}`) },
      { title: 'error', of: ({ error }) => error },
      { title: 'place', of: ({ place }) => place ?? '–' },
      { title: 'tries', of: ({ tries }) => whole(tries), align: 'right' },
      { title: 'key', of: ({ key }) => jsonText(key) },
    ],
    failures,
  );
  return [styled('dim', titles), ...lines, ...new Set(failures.map(({ error, message }) => `${error}: ${message}`))];
}
