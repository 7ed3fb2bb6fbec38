import { type Html, html } from '../page/html.ts';
import type { StatusDocument } from '../status/status-document.ts';
import type { ShownTable } from './shown-table.ts';

/** What may be done to a table now: the page shows a button only for that. */
export interface Possible {
  isRunning: boolean;
  isPaused: boolean;
  isHeld: boolean;
  /** Changes whenever its versions and runs must be read anew. */
  history: string;
}

export function possibleNow({ run, paused, hold, applied }: StatusDocument): Possible {
  return {
    isRunning: run?.status === 'running',
    isPaused: paused !== undefined,
    isHeld: hold !== undefined,
    history: `${run?.run} ${run?.status} ${paused !== undefined} ${applied.length}`,
  };
}

interface Question {
  action: string;
  label: string;
  /** When its button is to be seen, as attributes of the page's state. */
  when: 'running' | 'resting' | 'runningOrResting' | 'released' | 'held';
  asks: string;
  does: string;
  fields?: Html;
}

/** Buttons, each with the question that must be answered before anything is done. */
export function controls(shown: ShownTable, status: StatusDocument): Html {
  const { isRunning, isPaused, isHeld } = possibleNow(status);
  const questions = questionsOf(shown.table);
  return html`<section aria-label="Controls" id="controls" data-running="${String(isRunning)}" data-paused="${String(isPaused)}" data-held="${String(isHeld)}"><div class="buttons">${questions.map(({ action, label, when }) => html`<button type="button" data-ask="${action}" data-when="${when}">${label}</button>`)}</div>
${questions.map(
  ({
    action,
    asks,
    does,
    fields,
    label,
  }) => html`<dialog id="ask-${action}" aria-labelledby="asks-${action}"><form data-service="${shown.service}" data-table="${shown.table}" data-action="${action}"><h2 id="asks-${action}">${asks}</h2><p>${does}</p>${fields}
<div class="buttons"><button type="submit" class="do">${label}</button><button type="button" data-close="yes">Cancel</button></div></form></dialog>
`,
)}</section>`;
}

function questionsOf(table: string): Question[] {
  return [
    {
      action: 'pause',
      label: 'Pause',
      when: 'running',
      asks: `Pause the run of ${table}?`,
      does: 'Workers leave within seconds, and nothing is written until it is resumed.',
    },
    {
      action: 'resume',
      label: 'Resume',
      when: 'resting',
      asks: `Resume the run of ${table}?`,
      does: 'It goes on, whoever paused it.',
      fields: field('pauseAfter', 'Pause again after so many changed items (empty: do not)', 'number'),
    },
    {
      action: 'throttle',
      label: 'Throttle',
      when: 'runningOrResting',
      asks: `Change the budget of the run of ${table}?`,
      does: 'Workers use it within seconds. Capacity units a second for the whole run, or "unlimited"; what is left empty stays.',
      fields: html`${field('writeUnits', 'Write units a second', 'text')}${field('readUnits', 'Read units a second', 'text')}`,
    },
    {
      action: 'stop',
      label: 'Stop',
      when: 'runningOrResting',
      asks: `Stop the run of ${table}?`,
      does: `It ends within seconds, with the error Stopped. What is done stays done: the page then names the command that continues it. "dynamodt down ${table}" takes the newest version back, with "--to" all above a number.`,
    },
    {
      action: 'hold',
      label: 'Hold versions',
      when: 'released',
      asks: `Hold versions of ${table}?`,
      does: 'Starts that name no version, such as those of pipelines, apply only versions below the number.',
      fields: html`${field('below', 'Only versions below', 'number', true)}${field('why', 'Why, for those who meet the hold', 'text', true)}`,
    },
    {
      action: 'release',
      label: 'Release versions',
      when: 'held',
      asks: `End the hold of ${table}?`,
      does: 'The next start applies all pending versions again.',
    },
  ];
}

function field(name: string, label: string, type: 'number' | 'text', isRequired = false): Html {
  return html`<label>${label} <input name="${name}" type="${type}"${type === 'number' && html` min="1" step="1"`}${isRequired && html` required`} maxlength="500" autocomplete="off"></label>`;
}
