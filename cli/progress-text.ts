import { duration, whole } from './in-words.ts';
import type { Progress } from './progress.ts';
import { limitInWords } from './run-pacing.ts';

/** How far a run is, in one line. Parts that matter less are left out until it fits. @param width in columns */
export const progressText = (progress: Progress, width: number): string => {
  const { sequence, pass, segmentsDone, totalSegments, scanned, counters, share, itemsPerSecond, secondsLeft, pacing } = progress;
  const { changed, contended, failed, readUnits, writeUnits } = counters;
  // The higher, the longer it stays.
  const parts: { text: string; weight: number }[] = [
    { text: `v${sequence}`, weight: 10 },
    { text: `pass ${pass}`, weight: 7 },
    { text: `${Math.floor(share * 100)}%`, weight: 9 },
    { text: `segments ${segmentsDone}/${totalSegments}`, weight: 3 },
    { text: `${whole(scanned)} items`, weight: 4 },
    { text: !itemsPerSecond ? '' : `${whole(itemsPerSecond)}/s`, weight: 6 },
    { text: `${whole(changed)} changed`, weight: 5 },
    { text: `${whole(contended)} conflicts`, weight: contended > 0 ? 5 : 1 },
    { text: `${whole(failed)} failed`, weight: failed > 0 ? 9 : 1 },
    { text: `${whole(readUnits)} RCU ${whole(writeUnits)} WCU`, weight: 2 },
    { text: pacing?.limitedBy ? limitInWords[pacing.limitedBy] : '', weight: 2.5 },
    { text: secondsLeft === undefined ? '' : `ETA ${secondsLeft < 60 ? `${secondsLeft}s` : duration(secondsLeft * 1000)}`, weight: 8 },
  ];
  let shown = parts.filter(({ text }) => text !== '');
  while (shown.length > 1 && lineOf(shown).length > width) {
    const least = Math.min(...shown.map(({ weight }) => weight));
    shown = shown.filter(({ weight }) => weight !== least);
  }
  return lineOf(shown).slice(0, width);
};

const lineOf = (parts: readonly { text: string }[]): string => parts.map(({ text }) => text).join('  ');
