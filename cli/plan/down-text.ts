import type { DownPlan, WayDown } from '../../core/plan/down-plan.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { stateText } from '../status/version-words.ts';
import { moment } from '../terminal/in-words.ts';
import type { Output } from '../terminal/output.ts';
import { textTable } from '../terminal/text-table.ts';
import { findingText } from './plan-text.ts';

type Styles = Pick<Output, 'styled'>;

/** How `down` takes the versions of a table back: a line for each, the newest first. */
export function downText({ table, notes, problems }: TablePlan, down: DownPlan, output: Styles): string[] {
  const command = `down ${table}${down.exact ? ' --exact' : ''}`;
  const [titles = '', ...lines] = textTable<WayDown>(
    [
      { title: 'version', of: ({ sequence }) => `v${sequence}` },
      { title: 'state', of: ({ state }) => stateText(state, output) },
      { title: 'way back', of: (version) => wayText(version, output) },
    ],
    down.versions,
  );
  return [
    `${output.styled('bold', table)}  ${output.styled('dim', `what \`${command}\` would do, by the ledger; the table was not read`)}`,
    ...(down.versions.length === 0 ? ['  no version is applied'] : [output.styled('dim', titles), ...lines].map((line) => `  ${line}`)),
    ...notes.map((note) => `  ${output.styled('yellow', '•')} ${findingText(note)}`),
    ...problems.map((problem) => `  ${output.styled('red', '✗')} ${findingText(problem)}`),
    ...(down.versions.length === 0 ? [] : [`  ${reachText(down, command, output)}`]),
  ];
}

function wayText(version: WayDown, { styled }: Styles): string {
  const { way, by, noJournal, refusal, deployed } = version;
  if (way === 'journal') return `exactly, ${journalText(version)}`;
  if (way === 'function') {
    const name = by === 'transformDown' ? 'by its transformDown' : 'by a function derived from what it adds';
    const condition = deployed === 'same' ? '' : `, once the file here is deployed (the service has ${inService[deployed ?? 'missing']})`;
    const exact = noJournal === undefined ? `with --exact ${journalText(version)}` : `not with --exact: ${noJournal}`;
    return `${name}${condition}; ${exact}`;
  }
  const why = refusal ? `${refusal.name}: ${refusal.message}` : noJournal;
  const word = way === 'partly' ? styled('yellow', 'only partly') : styled('red', 'not');
  return `${word}: ${way === 'partly' ? 'a journal has a part of its changes, and `down` is refused. ' : ''}${why}${noJournalText(version)}${restoreText(version)}`;
}

const inService = { same: 'the same one', other: 'another one', missing: 'none' } as const;

/** A version without a time was applied to a table without items. */
function journalText({ journalUntil }: WayDown): string {
  return journalUntil === undefined ? 'by its journal: it changed nothing' : `by its journal, until ${moment(journalUntil)} UTC`;
}

function noJournalText({ noJournal, refusal }: WayDown): string {
  return refusal && noJournal && !refusal.message.includes(noJournal) ? ` No journal: ${noJournal}.` : '';
}

function restoreText({ restoreBefore }: WayDown): string {
  return restoreBefore === undefined ? '' : ` None of its changes is older than ${moment(restoreBefore)} UTC: restore to a moment before.`;
}

function reachText({ to, versions: [newest] }: DownPlan, command: string, { styled }: Styles): string {
  if (to === 0) return `${styled('green', '✓')} \`${command} --to 0\` takes all of them back`;
  if (to === newest?.sequence) return `${styled('red', '✗')} v${to} is the newest, so \`${command}\` is refused`;
  return `${styled('yellow', '•')} \`${command} --to ${to}\` goes back the furthest: v${to} cannot be taken back, nor any version below it before it`;
}
