import { fieldsOf } from '../transformation/file-form.ts';

/** What an upgrade needs to know of a version. */
export interface VersionFields {
  sequence: number;
  transform: ((item: object, context: object) => unknown) | undefined;
  adds: ReadonlySet<string>;
  overwrites: ReadonlySet<string>;
  removes: ReadonlySet<string>;
  /** The file is about only some items of its table. */
  hasOnly: boolean;
  hasPrepare: boolean;
  /** What the file exports as `parameters`. */
  parameters: unknown;
}

/** A cache, as the files are needed for each item. */
const known = new WeakMap<object, VersionFields>();

/**
 * The versions in the order of their sequences.
 *
 * @throws Error: when one of them is no transformation file, or two have one sequence
 */
export function versionsInOrder(modules: readonly object[]): VersionFields[] {
  const versions = modules.map(fieldsOfVersion).sort((a, b) => a.sequence - b.sequence);
  const twice = versions.find(({ sequence }, index) => versions[index + 1]?.sequence === sequence);
  if (twice) throw new Error(`Two of the given versions have the sequence ${twice.sequence}. Give the files of one table, each once.`);
  return versions;
}

function fieldsOfVersion(module: object): VersionFields {
  const version = known.get(module) ?? readFields(module);
  known.set(module, version);
  return version;
}

function readFields(module: object): VersionFields {
  const form = fieldsOf(module, undefined, (name) => name === 'sequence' || name === 'transformUp');
  const { sequence, transformUp, seed, adds, overwrites, removes, only, prepare, parameters } = 'fields' in form ? form.fields : {};
  if (typeof sequence !== 'number' || !(isFunction(transformUp) || (transformUp === undefined && seed)))
    throw new Error('One of the given versions is no transformation file. Give `import * as v3 from …`, or its default export.');
  return {
    sequence,
    transform: isFunction(transformUp) ? transformUp : undefined,
    adds: names(adds),
    overwrites: names(overwrites),
    removes: names(removes),
    hasOnly: only !== undefined,
    hasPrepare: prepare !== undefined,
    parameters,
  };
}

function isFunction(value: unknown): value is (item: object, context: object) => unknown {
  return typeof value === 'function';
}

function names(value: unknown): Set<string> {
  return new Set(Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []);
}
