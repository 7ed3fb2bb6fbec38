import type { AttributeValue, Image } from '../values/attribute-value.ts';
import type { Change } from './change.ts';
import type { Condition } from './condition.ts';

/** A statement of BatchExecuteStatement. */
export interface Statement<Text = string> {
  text: Text;
  parameters: AttributeValue[];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementRequest.html */
const maxLength = 8192;

/**
 * Encodes changes of single items of one table, without inserts, as PartiQL statements. UPDATE of an item that does not exist fails its
 * condition, so it never creates one. DELETE of an item that does not exist succeeds and returns nothing, so it asks for the old image.
 *
 * A statement's text holds names and no values, and few combinations of names occur: the text of each combination is made once.
 */
export class PartiqlEncoder<Text = string> {
  readonly #tableName: string;
  readonly #finish: (text: string) => Text;
  readonly #forms: Form<Text>[] = [];
  #next = 0;

  /** @param finish applied once to each text */
  constructor(tableName: string, finish: (text: string) => Text) {
    this.#tableName = tableName;
    this.#finish = finish;
  }

  /** @returns undefined if PartiQL cannot say it: names that begin with `#` or `:`, and statements over 8,192 characters */
  encode(key: Image, item: Change['item'], condition: Condition): Statement<Text> | undefined {
    const { text } = this.#formFor(key, item, condition);
    return text === undefined ? undefined : { text, parameters: parametersOf(key, item, condition) };
  }

  #formFor(key: Image, item: Change['item'], condition: Condition): Form<Text> {
    for (const form of this.#forms) if (isOfForm(form, key, item, condition)) return form;
    const statement = statementText(this.#tableName, key, item, condition);
    const form = formOf(key, item, condition, statement === undefined ? undefined : this.#finish(statement));
    this.#forms[this.#next] = form;
    this.#next = (this.#next + 1) % maxForms;
    return form;
  }
}

/** Max forms to compare with: with more of them, it is faster to make the text again. */
const maxForms = 32;

/** The names of a statement in their order, and its text. */
interface Form<Text> {
  kind: Change['item']['kind'];
  key: readonly string[];
  set: readonly string[];
  remove: readonly string[];
  equals: readonly string[];
  missing: readonly string[];
  text: Text | undefined;
}

function formOf<Text>(key: Image, item: Change['item'], { equals, missing }: Condition, text: Text | undefined): Form<Text> {
  const { set, remove } = item.kind === 'update' ? item : nothing;
  return { kind: item.kind, key: Object.keys(key), set: Object.keys(set), remove, equals: equals.names, missing, text };
}

const nothing = { set: {}, remove: [] };

function isOfForm(form: Form<unknown>, key: Image, item: Change['item'], { equals, missing }: Condition): boolean {
  if (form.kind !== item.kind || !isSameList(equals.names, form.equals)) return false;
  const { set, remove } = item.kind === 'update' ? item : nothing;
  return hasNames(set, form.set) && isSameList(missing, form.missing) && isSameList(remove, form.remove) && hasNames(key, form.key);
}

function hasNames(image: Image, names: readonly string[]): boolean {
  let index = 0;
  for (const name in image) if (names[index++] !== name) return false;
  return index === names.length;
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
  const keyIsEqual = Object.keys(key).map(equals);
  const valuesAreAsRead = condition.equals.names.map(equals);
  const namesAreStillMissing = condition.missing.map((name) => `${quote(name)} IS MISSING`);
  const where = [...keyIsEqual, ...valuesAreAsRead, ...namesAreStillMissing].join(' AND ');
  const returning = item.kind === 'delete' ? ' RETURNING ALL OLD *' : '';
  const text = `${clauses.join(' ')} WHERE ${where}${returning}`;
  return text.length > maxLength || names.some((name) => name.startsWith('#') || name.startsWith(':')) ? undefined : text;
}

/** In the order of the question marks in the text. */
function parametersOf(key: Image, item: Change['item'], { equals }: Condition): AttributeValue[] {
  const parameters: AttributeValue[] = [];
  if (item.kind === 'update') for (const name in item.set) parameters.push(item.set[name] as AttributeValue);
  for (const name in key) parameters.push(key[name] as AttributeValue);
  for (const value of equals.values) parameters.push(value);
  return parameters;
}
