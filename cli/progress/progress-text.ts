import { countOf } from '../../core/count-of.ts';
import { duration, versions, whole } from '../terminal/in-words.ts';
import type { Progress } from './progress.ts';
import { limitText, type RunPacing } from './run-pacing.ts';

interface Part {
  text: string;
  /** Parts of a lower rank are left out first. */
  weight: number;
}

/** The progress of a run in one line. Less important parts are left out until the line fits. @param width in columns */
export function progressText(progress: Progress, width: number): string {
  return fitted([...positionOf(progress), ...outcomeOf(progress), ...capacityOf(progress), ...timeLeftOf(progress)], width);
}

/** The progress in two lines: how far the run is, and then its counters and consumed capacity. */
export function progressLines(progress: Progress, widths: readonly [number, number]): [string, string] {
  return [
    fitted([...positionOf(progress), ...timeLeftOf(progress)], widths[0]),
    fitted([...outcomeOf(progress), ...capacityOf(progress)], widths[1]),
  ];
}

function positionOf({ sequence, together = [], pass, share, segmentsDone, totalSegments, scanned, itemsPerSecond }: Progress): Part[] {
  return [
    { text: versions([sequence, ...together]), weight: 10 },
    { text: `pass ${pass}`, weight: 7 },
    { text: `${Math.floor(share * 100)}%`, weight: 9 },
    { text: `segments ${segmentsDone}/${totalSegments}`, weight: 3 },
    { text: countOf(scanned, 'item'), weight: 4 },
    { text: !itemsPerSecond ? '' : `${whole(itemsPerSecond)}/s`, weight: 6 },
  ];
}

function outcomeOf({ counters: { changed, contended, failed, throttled } }: Progress): Part[] {
  return [
    { text: `${whole(changed)} changed`, weight: 5 },
    { text: `${whole(contended)} conflicts`, weight: contended > 0 ? 5 : 1 },
    { text: `${whole(failed)} failed`, weight: failed > 0 ? 9 : 1 },
    { text: throttled > 0 ? `${whole(throttled)} throttled` : '', weight: 4 },
  ];
}

/** Capacity now, compared with the budget, while the run is under way; afterwards the capacity that the whole run has consumed. */
function capacityOf({ counters: { readUnits, writeUnits }, pacing }: Progress): Part[] {
  return [
    ...(pacing
      ? [
          { text: pacing.workers > 0 ? `${rate(pacing, 'writeUnits')} WCU/s` : '', weight: 4.5 },
          { text: pacing.workers > 0 ? `${rate(pacing, 'readUnits')} RCU/s` : '', weight: 2 },
        ]
      : [{ text: `${whole(readUnits)} RCU ${whole(writeUnits)} WCU`, weight: 2 }]),
    { text: pacing ? limitText(pacing) : '', weight: 2.5 },
  ];
}

function rate({ use, budget }: RunPacing, name: 'writeUnits' | 'readUnits'): string {
  const limit = budget[name];
  return limit === null ? whole(use[name]) : `${whole(use[name])} of ${whole(limit)}`;
}

function timeLeftOf({ secondsElapsed, secondsLeft }: Progress): Part[] {
  return [
    { text: secondsElapsed === undefined ? '' : `elapsed ${inSeconds(secondsElapsed)}`, weight: 3.5 },
    { text: secondsLeft === undefined ? '' : `ETA ${inSeconds(secondsLeft)}`, weight: 8 },
  ];
}

function inSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : duration(seconds * 1000);
}

function fitted(parts: readonly Part[], width: number): string {
  let shown = parts.filter(({ text }) => text !== '');
  while (shown.length > 1 && lineOf(shown).length > width) {
    const least = Math.min(...shown.map(({ weight }) => weight));
    const kept = shown.filter(({ weight }) => weight !== least);
    if (kept.length === 0) break;
    shown = kept;
  }
  return lineOf(shown).slice(0, Math.max(0, width));
}

function lineOf(parts: readonly Part[]): string {
  return parts.map(({ text }) => text).join('  ');
}
