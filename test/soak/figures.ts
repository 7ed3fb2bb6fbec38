import type { Random } from '../../demo/pseudo-random.ts';
import type { FaultyWire } from './faulty-wire.ts';
import type { Drive, Operator } from './operator.ts';
import type { WorkerDisturbance } from './worker-disturbance.ts';

export interface SoakFigures {
  rounds: number;
  /** Acknowledged writes of the applications. */
  liveWrites: number;
  /** By kind. */
  faults: Record<string, number>;
  kills: number;
  freezes: number;
  /** By verb. */
  commands: Record<string, number>;
  starts: number;
  redrives: number;
  /** How executions ended that did not succeed, by error name. */
  errors: Record<string, number>;
  /** What is wrong in a table, in words. Empty if all promises held. */
  findings: string[];
}

export function noFigures(): SoakFigures {
  return { rounds: 0, liveWrites: 0, faults: {}, kills: 0, freezes: 0, commands: {}, starts: 0, redrives: 0, errors: {}, findings: [] };
}

export function noteDrives(figures: SoakFigures, drives: readonly Drive[]): void {
  for (const { starts, redrives, errors } of drives) {
    figures.starts += starts;
    figures.redrives += redrives;
    for (const error of errors) figures.errors[error] = (figures.errors[error] ?? 0) + 1;
  }
}

export function totals({ counts }: FaultyWire, { kills, freezes }: WorkerDisturbance, operators: readonly Operator[]) {
  const commands: Record<string, number> = {};
  for (const operator of operators) for (const [verb, count] of operator.counts) commands[verb] = (commands[verb] ?? 0) + count;
  return { faults: Object.fromEntries(counts), kills, freezes, commands };
}

/** The highest of two versions to be applied afterwards: any but the present one. */
export function nextLevel(level: number, random: Random): number {
  const others = [0, 1, 2].filter((other) => other !== level);
  return others[Math.floor(random() * others.length)] ?? 0;
}
