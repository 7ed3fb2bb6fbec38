import { andThen } from '../change/maybe-promise.ts';
import { seenThrough } from '../change/seen-through.ts';
import { type Link, trialAfter } from '../change/trial/try-sample.ts';
import type { Clock } from '../clock.ts';
import type { LookupSource } from '../lookup/lookup-port.ts';
import { Lookups } from '../lookup/lookups.ts';
import { lookupProblems } from '../lookup/refuse-lookups.ts';
import type { BoundContext } from '../transformation/contract.ts';
import type { Scope } from '../transformation/scope.ts';
import type { Image } from '../values/attribute-value.ts';
import type { TableShape } from '../values/table-shape.ts';
import { isLoaded, type LoadedFile, type LocalFile } from './local-file.ts';
import type { Finding } from './table-plan.ts';

/** The look-ups of a plan: a version sees the items of its own table as the pending versions before it will make them. */
export class PlanLooks {
  readonly #table: string;
  readonly #shape: TableShape;
  readonly #clock: Clock;
  readonly #sourceOf: ((sequence: number) => LookupSource) | undefined;
  readonly #lookups = new Map<number, Lookups>();
  constructor(
    table: string,
    shape: TableShape,
    { clock, lookupsOf }: { clock: Clock; lookupsOf?: ((sequence: number) => LookupSource) | undefined },
  ) {
    this.#table = table;
    this.#shape = shape;
    this.#clock = clock;
    this.#sourceOf = lookupsOf;
  }

  /**
   * The context of a version.
   *
   * @param before pending versions before it, in their order
   * @param scopeOf which items a pending version is about; undefined for all items
   * @param inserted what is inserted for the sampled items before each of them, and before the version itself
   */
  contextFor(
    file: LocalFile | undefined,
    sequence: number,
    contextOf: (sequence: number) => BoundContext,
    before: readonly LoadedFile[],
    scopeOf: (sequence: number) => Scope | undefined,
    inserted: readonly (readonly Image[])[] = [],
  ): BoundContext {
    const context = contextOf(sequence);
    const lookups = this.#lookupsOf(sequence);
    if (!lookups || !file || !isLoaded(file)) return context;
    const own = { table: this.#table, shape: this.#shape };
    const links = before.map(
      (each): Pick<Link, 'transformation' | 'context' | 'scope'> => ({
        transformation: each.transformation,
        context: contextOf(each.sequence),
        scope: scopeOf(each.sequence),
      }),
    );
    const trials = links.map((link, index) => trialAfter(link, links.slice(0, index), own, lookups, inserted));
    const seenAs =
      trials.length === 0 ? undefined : seenThrough(trials.map((trial) => (image) => andThen(trial(image), ({ decision }) => decision)));
    return { ...context, looks: lookups.opener(file.transformation.lookups, own, seenAs, inserted[links.length]) };
  }

  /** Tables of look-ups that cannot be read. */
  async problems(files: readonly LoadedFile[]): Promise<Finding[]> {
    const [first] = files;
    if (!first || !this.#sourceOf) return [];
    const found = await lookupProblems(
      this.#table,
      files.map(({ transformation }) => transformation),
      this.#sourceOf(first.sequence),
    );
    return found.map(({ name, message, fields }) => ({
      name,
      message,
      ...(fields.sequence === undefined ? {} : { sequence: fields.sequence }),
    }));
  }

  #lookupsOf(sequence: number): Lookups | undefined {
    const known = this.#lookups.get(sequence);
    if (known || !this.#sourceOf) return known;
    const lookups = new Lookups({ ...this.#sourceOf(sequence), clock: this.#clock });
    this.#lookups.set(sequence, lookups);
    return lookups;
  }
}
