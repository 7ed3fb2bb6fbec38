import type { Lookups } from '../../lookup/lookups.ts';
import type { BoundContext, Transformation } from '../../transformation/contract.ts';
import type { Place } from '../../transformation/look.ts';
import { scopeOf } from '../../transformation/scope.ts';
import type { Image } from '../../values/attribute-value.ts';
import type { TableShape } from '../../values/table-shape.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import { withoutFunction } from '../other-items.ts';
import type { Trial, Tried } from './trial.ts';
import { type Link, type TryApart, trialAfter } from './try-sample.ts';

/*
 * Trials of a sample in another process, which is asked by messages: they hold values, and no functions.
 */

/** A deployed code, or one that the ledger keeps. */
export type TriedCode = { sequence: number; checksum: string } & Partial<NonNullable<Link['kept']>>;

/** What functions are given in a run of a version, beside what all runs give. */
type ContextGiven = Pick<BoundContext, 'parameters' | 'startedAt'>;

/** A code, and what its functions are given. */
interface CodeGiven {
  code: TriedCode;
  given: ContextGiven;
  /** Whether it is about some items only. The other process finds out which, as a list of them can be long. */
  isScoped: boolean;
}

/** An image to try. `earlier` are the codes that the image went through; `inserted` as for {@link trialAfter}. */
export interface AskedTrial {
  tried: CodeGiven;
  image: Image;
  shape: TableShape;
  earlier: readonly CodeGiven[];
  inserted: readonly (readonly Image[])[];
}

/** @param ask has another process answer; undefined if the code is not deployed */
export function tryingBy(ask: (asked: AskedTrial, file: string) => Promise<Tried | undefined>): TryApart {
  return async (image, link, shape, before, inserted) => {
    const tried = await ask({ tried: codeGiven(link), image, shape, earlier: before.map(codeGiven), inserted }, link.file);
    if (!tried) throw new Error(`${link.file} is not deployed.`);
    return tried;
  };
}

function codeGiven({ transformation: { sequence }, kept, scope, context: { parameters, startedAt } }: Link): CodeGiven {
  return { code: { sequence, checksum: '', ...kept }, given: { parameters, startedAt }, isScoped: scope !== undefined };
}

export interface TrialPorts {
  /** Undefined if the code is not deployed. */
  load(code: TriedCode): Promise<{ transformation: Transformation } | undefined>;
  contextOf(shape: TableShape, sequence: number, given: ContextGiven): Promise<BoundContext>;
  lookups: Lookups | undefined;
}

/** Answers what {@link tryingBy} asks. */
export function answeringTrials(
  table: string,
  { load, contextOf, lookups }: TrialPorts,
): (asked: AskedTrial, place?: Place) => Promise<Tried | undefined> {
  const trials = new Map<number, Trial>();

  return async (asked, place) => {
    const { sequence } = asked.tried.code;
    const trial = trials.get(sequence) ?? (await open(asked));
    if (!trial) return undefined;
    trials.set(sequence, trial);
    return answer(trial(asked.image, place));
  };

  async function open({ tried, earlier, shape, inserted }: AskedTrial): Promise<Trial | undefined> {
    const [link, ...before] = await Promise.all([tried, ...earlier].map((each) => linkOf(each, shape)));
    const known = before.filter((each) => each !== undefined);
    return link && trialAfter(link, known, { table, shape }, lookups, inserted);
  }

  async function linkOf({ code, given, isScoped }: CodeGiven, shape: TableShape) {
    const [loaded, context] = await Promise.all([load(code), contextOf(shape, code.sequence, given)]);
    if (!loaded) return undefined;
    const { transformation } = loaded;
    return { transformation, context, scope: isScoped ? scopeOf(transformation, shape, context) : undefined };
  }

  function answer(made: MaybePromise<Tried>): MaybePromise<Tried> {
    return andThen(made, (tried) => (tried.asks ? { ...tried, asks: tried.asks.map(withoutFunction) } : tried));
  }
}
