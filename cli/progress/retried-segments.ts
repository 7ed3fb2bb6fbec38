import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import { decodeImage } from '../../core/values/attribute-value.ts';

/** A segment whose workers end at one position, one after the other, without signing off. */
export interface RetriedSegment {
  segment: number;
  /** Workers that took the segment in this pass. */
  attempt: number;
  /** Those of them that began at the present position. */
  tries: number;
  /** When the first of those began; ISO 8601. */
  since: string;
  /** Key of the item that a worker looks at, or looked at when it ended; only with failures. */
  inHand?: Record<string, unknown>;
}

const maxShown = 20;

/** The segments that are tried again and again, the longest first. */
export function retriedSegments(checkpoints: readonly Checkpoint[], withKeys: boolean): RetriedSegment[] {
  return checkpoints
    .flatMap(({ segment, attempt, tries, inHand, signedOff }) =>
      tries && tries.count > 1 && !signedOff
        ? [
            {
              segment,
              attempt,
              tries: tries.count,
              since: new Date(tries.since).toISOString(),
              ...(withKeys && inHand ? { inHand: decodeImage(inHand.key) } : {}),
            },
          ]
        : [],
    )
    .sort((a, b) => a.since.localeCompare(b.since) || a.segment - b.segment)
    .slice(0, maxShown);
}
