import { Option } from 'commander';
import { UsageError } from '../usage-error.ts';

/** One `--set`. */
export interface Assignment {
  /** Undefined for the one version that declares the name. */
  sequence: number | undefined;
  name: string;
  text: string;
}

export function setOption(): Option {
  return new Option(
    '--set <name=value>',
    'a value for a parameter of a version, as in days=30, or 3.days=30 for v3; may be repeated',
  ).argParser((text: string, before: string[] = []) => [...before, text]);
}

/**
 * The values given by `--set`.
 *
 * @throws UsageError: when one has another form, or names a parameter twice. It does not repeat the text, which can be a secret.
 */
export function readSet(options: Record<string, unknown>): Assignment[] {
  const { set } = options;
  const texts = Array.isArray(set) ? set.map(String) : [];
  const assignments = texts.map((text, index): Assignment => {
    const [, number, name, value] = /^(?:([1-9]\d*)\.)?([^=.]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw new UsageError(
        `--set number ${index + 1} has no parameter and value. Write --set days=30, or --set 3.days=30 for the parameter of v3.`,
      );
    return { sequence: number === undefined ? undefined : Number(number), name: name.trim(), text: value };
  });
  for (const [index, { sequence, name }] of assignments.entries())
    if (assignments.slice(0, index).some((other) => other.name === name && other.sequence === sequence))
      throw new UsageError(`--set gives "${name}" twice. Give it once.`);
  return assignments;
}
