import { andThen } from '../../../core/change/maybe-promise.ts';
import { withoutFunction } from '../../../core/change/other-items.ts';
import type { Trial, Tried } from '../../../core/change/trial.ts';
import { type Link, type TryApart, trialAfter } from '../../../core/change/try-sample.ts';
import { ItemError, RunError } from '../../../core/errors.ts';
import type { GivenValues } from '../../../core/ledger/given.ts';
import { Lookups } from '../../../core/lookup/lookups.ts';
import { CarefulDecider } from '../../../core/segment/careful-decider.ts';
import type { CodeAsked } from '../../../core/segment/segment-ports.ts';
import type { Direction } from '../../../core/transformation/contract.ts';
import type { Image } from '../../../core/values/attribute-value.ts';
import type { TableShape } from '../../../core/values/table-shape.ts';
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

/** A code, and what its functions are given. */
interface CodeGiven {
  code: CodeAsked;
  given: GivenValues;
}

/** To load a file, or to try it on an image. `earlier` are the codes that the image went through. */
interface Asked {
  code: CodeAsked;
  trial?: { image: Image; shape: TableShape; given: GivenValues; earlier: CodeGiven[]; inserted: readonly (readonly Image[])[] };
}

/** Serves {@link CarefulStart} if this process was started for it. */
export function serveCarefulStart(): void {
  serveDecisions(async ({ table, direction }: Subject) => {
    const trials = new Map<number, Trial>();
    const lookups = new Lookups({ ...teamLookups, clock: systemClock });
    const linkOf = async ({ code, given }: CodeGiven, shape: TableShape) => {
      const loaded = await loadCode(table, code);
      const context = await contextOf({ table, shape, direction, dryRun: true }, code.sequence, undefined, given);
      return loaded && { transformation: loaded.transformation, context };
    };
    const open = async (code: CodeGiven, { shape, earlier, inserted }: NonNullable<Asked['trial']>): Promise<Trial | undefined> => {
      const [link, ...before] = await Promise.all([code, ...earlier].map((each) => linkOf(each, shape)));
      return (
        link &&
        trialAfter(
          link,
          before.filter((each) => each !== undefined),
          { table, shape },
          lookups,
          inserted,
        )
      );
    };
    return async ({ code, trial }: Asked, place): Promise<Tried | undefined> => {
      if (!trial) {
        await loadCode(table, code);
        return undefined;
      }
      const { image, given } = trial;
      const tryOn = trials.get(code.sequence) ?? (await open({ code, given }, trial));
      if (tryOn) trials.set(code.sequence, tryOn);
      if (!tryOn) return undefined;
      return andThen(tryOn(image, place), (tried) => (tried.asks ? { ...tried, asks: tried.asks.map(withoutFunction) } : tried));
    };
  });
}

function codeGiven({ transformation: { sequence }, kept, context: { parameters, startedAt } }: Link): CodeGiven {
  return { code: { sequence, checksum: '', ...kept }, given: { parameters, startedAt } };
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
  readonly tryApart: TryApart = async (image, link, shape, before, inserted) => {
    const { file, transformation } = link;
    const { sequence } = transformation;
    const earlier = before.map(codeGiven);
    try {
      const { code, given } = codeGiven(link);
      const tried = await this.#decider.decide({ code, trial: { image, shape, given, earlier, inserted } }, file);
      if (!tried) throw new Error(`${file} is not deployed.`);
      return tried;
    } catch (error) {
      if (!(error instanceof ItemError) || (error.name !== 'TransformHung' && error.name !== 'TransformKilled')) throw error;
      if (++this.#blocking < maxBlocking) throw error;
      throw new RunError(
        'ItemsFailed',
        `${this.#blocking} sampled items of ${this.#table} failed (the last: ${error.name} at ${file}), and the rest was not tried. Nothing was written. Mend the transformation, deploy it, and start again.`,
        { fields: { table: this.#table, sequence, count: this.#blocking } },
      );
    }
  };

  close(): Promise<void> {
    return this.#decider.close();
  }
}
