import { keyOf } from '../key-of.ts';
import type { Random } from '../pseudo-random.ts';
import type { Shape } from '../shape.ts';
import type { ApplicationDescription, Draw, Operation } from './application-description.ts';
import type { ApplicationModel } from './application-model.ts';
import { KeyPool } from './key-pool.ts';
import { type PlannedWrite, planDelete, planInsert, planReplace, planUpdate } from './planned-write.ts';

/**
 * One of the application's writers. It owns a share of the keys: no other writer of the application writes them, and it has one
 * write in flight at a time. So operations on one key never overlap, and its operations depend only on its seed.
 */
export class Writer {
  readonly #description: ApplicationDescription;
  readonly #model: ApplicationModel;
  readonly #random: Random;
  readonly #nextSerial: () => number;
  readonly #live = new KeyPool();
  readonly #deletedKeys = new Map<string, ReturnType<typeof keyOf>>();
  readonly #deleted = new KeyPool();

  constructor(description: ApplicationDescription, model: ApplicationModel, random: Random, nextSerial: () => number) {
    this.#description = description;
    this.#model = model;
    this.#random = random;
    this.#nextSerial = nextSerial;
  }

  /** Makes a key this writer's own. */
  own(key: string): void {
    this.#live.add(key);
  }

  /** Chooses an operation by weight, and an item by chance. */
  plan(shapes: readonly Shape[]): { operation: Operation; write: PlannedWrite } {
    const operation = this.#choose();
    return { operation, write: this.#planned(operation, { random: this.#random, serial: this.#nextSerial() }, shapes) };
  }

  /** The write was acknowledged: from now on the model expects what it says. */
  acknowledge({ key, after, written }: PlannedWrite): void {
    const before = this.#model.items.get(key)?.item;
    if (after) {
      this.#model.wrote(key, after, written);
      this.#deleted.remove(key);
      this.#deletedKeys.delete(key);
      this.#live.add(key);
    } else if (before) {
      this.#model.deletedItem(key);
      this.#live.remove(key);
      this.#deletedKeys.set(key, keyOf(before, this.#description.keyAttributes));
      this.#deleted.add(key);
    }
  }

  /** The outcome of the write is unknown: this key is not used again. */
  loseTrackOf({ key }: PlannedWrite): void {
    this.#model.lostTrackOf(key);
    this.#live.remove(key);
    this.#deleted.remove(key);
    this.#deletedKeys.delete(key);
  }

  #choose(): Operation {
    const possible = this.#description.operations.filter(({ kind }) => {
      if (kind === 'insert') return true;
      return kind === 'reinsert' ? this.#deleted.size > 0 : this.#live.size > 0;
    });
    let left = this.#random() * possible.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = possible.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    if (!chosen) throw new Error('The application has no operation that is possible now.');
    return chosen;
  }

  #planned(operation: Operation, draw: Draw, shapes: readonly Shape[]): PlannedWrite {
    const target = this.#description;
    switch (operation.kind) {
      case 'insert':
        return planInsert(target, operation.item(draw), shapes);
      case 'reinsert':
        return planInsert(target, operation.item(this.#deletedKey(), draw), shapes);
      case 'update':
        return planUpdate(target, operation, this.#liveItem(), draw, shapes);
      case 'replace':
        return planReplace(target, operation, this.#liveItem(), draw, shapes);
      case 'delete':
        return planDelete(target, this.#liveItem());
    }
  }

  #liveItem() {
    const key = this.#live.pick(this.#random);
    const modelled = this.#model.items.get(key);
    if (!modelled) throw new Error(`The model has no item ${key}.`);
    return modelled.item;
  }

  #deletedKey() {
    const key = this.#deletedKeys.get(this.#deleted.pick(this.#random));
    if (!key) throw new Error('A deleted key is not known.');
    return key;
  }
}
