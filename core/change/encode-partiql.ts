import type { AttributeValue, Image } from '../values/attribute-value.ts';
import type { Change } from './change.ts';
import type { Condition } from './condition.ts';

/** A statement of BatchExecuteStatement. */
export interface Statement {
  text: string;
  parameters: AttributeValue[];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementRequest.html */
const maxLength = 8192;

/**
 * Encodes the changes of single items of one table, without inserts, as PartiQL statements. UPDATE of an item that is gone fails its
 * condition, so it never brings one back; DELETE of a gone item succeeds and returns nothing, so it asks for the old image.
 *
 * Items have few forms, and the text holds no value: it is made once for each form, and `write` may bring it into the form in which it
 * travels.
 */
export class PartiqlEncoder {
  readonly #tableName: string;
  readonly #write: (text: string) => string;
  readonly #forms: { names: readonly string[]; text: string | undefined }[] = [];
  #next = 0;

  constructor(tableName: string, write: (text: string) => string) {
    this.#tableName = tableName;
    this.#write = write;
  }

  /** @returns undefined if PartiQL cannot say it: names beginning with `#` or `:`, and statements over 8,192 characters */
  encode(key: Image, item: Change['item'], condition: Condition): Statement | undefined {
    const names = namesOf(key, item, condition);
    const known = this.#forms.find((form) => isSameList(form.names, names));
    const text = known ? known.text : this.#textOf(names, key, item, condition);
    return text === undefined ? undefined : { text, parameters: parametersOf(key, item, condition) };
  }

  #textOf(names: readonly string[], key: Image, item: Change['item'], condition: Condition): string | undefined {
    const statement = statementText(this.#tableName, key, item, condition);
    const text = statement === undefined ? undefined : this.#write(statement);
    this.#forms[this.#next] = { names, text };
    this.#next = (this.#next + 1) % maxForms;
    return text;
  }
}

/** Comparing a form with more than these takes as long as making its text. */
const maxForms = 32;

/** All names of a statement in their order. No name is empty, so an empty one can stand between its parts. */
function namesOf(key: Image, item: Change['item'], { equals, missing }: Condition): string[] {
  const names: string[] = [item.kind];
  for (const name in key) names.push(name);
  names.push('');
  if (item.kind === 'update') {
    for (const name in item.set) names.push(name);
    names.push('', ...item.remove, '');
  }
  for (const [name] of equals) names.push(name);
  names.push('', ...missing);
  return names;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function statementText(tableName: string, key: Image, item: Change['item'], condition: Condition): string | undefined {
  const names: string[] = [];
  const quote = (name: string): string => {
    names.push(name);
    return `"${name.replaceAll('"', '""')}"`;
  };
  const equals = (name: string): string => `${quote(name)}=?`;
  const clauses =
    item.kind === 'delete'
      ? ['DELETE FROM', quote(tableName)]
      : [
          'UPDATE',
          quote(tableName),
          ...Object.keys(item.set).map((name) => `SET ${equals(name)}`),
          ...item.remove.map((name) => `REMOVE ${quote(name)}`),
        ];
  const where = [
    ...Object.keys(key).map(equals),
    ...condition.equals.map(([name]) => equals(name)),
    ...condition.missing.map((name) => `${quote(name)} IS MISSING`),
  ];
  const returning = item.kind === 'delete' ? ' RETURNING ALL OLD *' : '';
  const text = `${clauses.join(' ')} WHERE ${where.join(' AND ')}${returning}`;
  return text.length > maxLength || names.some((name) => name.startsWith('#') || name.startsWith(':')) ? undefined : text;
}

/** In the order in which their marks stand in the text. */
function parametersOf(key: Image, item: Change['item'], { equals }: Condition): AttributeValue[] {
  const parameters = [...(item.kind === 'update' ? Object.values(item.set) : []), ...Object.values(key)];
  for (const [, value] of equals) parameters.push(value);
  return parameters;
}
