import type { Tried } from '../../../core/change/trial/trial.ts';
import { type AskedTrial, answeringTrials, tryingBy } from '../../../core/change/trial/trials-apart.ts';
import type { TryApart } from '../../../core/change/trial/try-sample.ts';
import { ItemError, RunError } from '../../../core/errors.ts';
import { Lookups } from '../../../core/lookup/lookups.ts';
import { CarefulDecider } from '../../../core/segment/careful-decider.ts';
import type { CodeAsked } from '../../../core/segment/segment-ports.ts';
import type { Direction } from '../../../core/transformation/contract.ts';
import { deployedFiles, loadCode } from '../deployed-transformations.ts';
import { systemClock } from '../system-clock.ts';
import { teamLookups } from '../team-lookups.ts';
import { contextOf } from '../transform-context.ts';
import { openDecidingProcess } from './deciding-process.ts';
import { serveDecisions } from './serve-decisions.ts';

/** Each can hold the event loop until it is killed for that, and the function has five minutes. */
const maxBlocking = 5;

interface Subject {
  table: string;
  direction: Direction;
}

/** To load a file, or to try it on an image. */
type Asked = { code: CodeAsked } | AskedTrial;

/** Serves {@link CarefulStart} if this process was started for it. */
export function serveCarefulStart(): void {
  serveDecisions(async ({ table, direction }: Subject) => {
    const answer = answeringTrials(table, {
      load: (code) => loadCode(table, code),
      contextOf: (shape, sequence, given) => contextOf({ table, shape, direction, dryRun: true }, sequence, undefined, given),
      lookups: new Lookups({ ...teamLookups, clock: systemClock }),
    });
    return async (asked: Asked, place): Promise<Tried | undefined> => {
      if ('tried' in asked) return answer(asked, place);
      await loadCode(table, asked.code);
      return undefined;
    };
  });
}

/** Starts a run after the process of an earlier try ended: the team's code first runs in processes of its own, one file or one item at a time. */
export class CarefulStart {
  readonly #table: string;
  #blocking = 0;
  readonly #decider: CarefulDecider<Asked, Tried | undefined>;

  /** @param bundle the URL of the function's bundle */
  constructor(bundle: string, { table, direction }: Subject) {
    this.#table = table;
    this.#decider = new CarefulDecider(() => openDecidingProcess(bundle, { table, direction }));
  }

  /** @throws RunError InvalidTransformation: when a file blocks or ends the process that loads it */
  async refuseBlockingFiles(): Promise<void> {
    for (const { file, sequence, checksum } of await deployedFiles(this.#table)) {
      try {
        await this.#decider.decide({ code: { sequence, checksum } }, file);
      } catch (error) {
        // Others are found again by the process that needs the file.
        if (!(error instanceof ItemError)) continue;
        throw new RunError(
          'InvalidTransformation',
          `${file} ${error.name === 'TransformHung' ? 'does not let its process go on' : 'ends its process'} while it is loaded. Look at what it does outside its functions, mend it, and deploy it.`,
          { fields: { table: this.#table, file } },
        );
      }
    }
  }

  /**
   * Tries one item in another process.
   *
   * @throws ItemError: also TransformHung and TransformKilled
   * @throws RunError ItemsFailed: when too many items block or end the process
   */
  readonly tryApart: TryApart = async (image, link, ...rest) => {
    try {
      return await tryingBy((asked, file) => this.#decider.decide(asked, file))(image, link, ...rest);
    } catch (error) {
      if (!(error instanceof ItemError) || (error.name !== 'TransformHung' && error.name !== 'TransformKilled')) throw error;
      if (++this.#blocking < maxBlocking) throw error;
      throw new RunError(
        'ItemsFailed',
        `${this.#blocking} sampled items of ${this.#table} failed (the last: ${error.name} at ${link.file}), and the rest was not tried. Nothing was written. Mend the transformation, deploy it, and start again.`,
        { fields: { table: this.#table, sequence: link.transformation.sequence, count: this.#blocking } },
      );
    }
  };

  close(): Promise<void> {
    return this.#decider.close();
  }
}
