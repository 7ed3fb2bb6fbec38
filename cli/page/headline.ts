import { duration, holdersInWords } from '../terminal/in-words.ts';
import { type Html, html } from './html.ts';
import type { RunPicture } from './run-picture.ts';

/** How a run stands: in one word, with the class of its colour, and the sign that says the same without colour. */
export interface Standing {
  word: string;
  tone: 'good' | 'alert' | 'rest' | 'busy';
  sign: string;
}

/** A run that rests is paused, and one that waits is waiting: neither is called running. */
export function standingOf({ run: { status }, control, underWay }: Pick<RunPicture, 'run' | 'control' | 'underWay'>): Standing {
  if (status === 'succeeded') return { word: 'succeeded', tone: 'good', sign: '✓' };
  if (status === 'stopped') return { word: 'stopped', tone: 'rest', sign: '■' };
  if (status !== 'running') return { word: status.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), tone: 'alert', sign: '✗' };
  if (control?.marks.paused) return { word: 'paused', tone: 'rest', sign: '‖' };
  if (underWay && underWay.waits.length > 0) return { word: 'waiting', tone: 'rest', sign: '◷' };
  return { word: 'running', tone: 'busy', sign: '▸' };
}

/** One line: how the run stands, for how long, and by whom or for what it rests. */
export function headline(picture: RunPicture): Html {
  const { word, tone, sign } = standingOf(picture);
  return html`<p class="headline"><span class="status ${tone}">${sign} ${word}</span> ${aboutIt(picture)}</p>`;
}

function aboutIt(picture: RunPicture): string {
  const { run, control, underWay, at } = picture;
  const paused = run.status === 'running' ? control?.marks.paused : undefined;
  if (paused) return `${holdersInWords(paused)} UTC, for ${since(paused.since, at)}`;
  if (run.status === 'running') return [`for ${since(run.startedAt, at)}`, ...(underWay?.waits ?? [])].join('; ');
  return run.endedAt === undefined ? '' : `after ${since(run.startedAt, run.endedAt)}`;
}

function since(from: string, to: string): string {
  return duration(Date.parse(to) - Date.parse(from));
}
