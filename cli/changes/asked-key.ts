import { RunError } from '../../core/errors.ts';
import type { RecordedChange } from '../../core/segment/undo/changes-of.ts';
import { type AttributeValue, type Image, sameImage } from '../../core/values/attribute-value.ts';
import { numberProblem } from '../../core/values/number-value.ts';
import type { KeyType, TableShape } from '../../core/values/table-shape.ts';
import { UsageError } from '../usage-error.ts';

/** A key as it was asked for: `{"id": "u1", "n": 7}`, or in DynamoDB's JSON, `{"id": {"S": "u1"}}`. Numbers are their texts. */
export type AskedKey = ReadonlyMap<string, Asked>;

type Asked = { text: string; type: KeyType | undefined };

const example = `as in --key '{"id":"u1"}', or in DynamoDB's JSON, --key '{"id":{"S":"u1"}}'`;

/** @throws UsageError: if the text is not JSON, or not of this form */
export function readKey(json: string): AskedKey {
  const key = parse(json);
  if (typeof key !== 'object' || key === null || Array.isArray(key))
    throw new UsageError(`--key takes a JSON object with the key of an item, ${example}.`);
  return new Map(
    Object.entries(key).map(([name, value]) => {
      const asked = plain(value) ?? typed(value);
      if (!asked) throw new UsageError(`--key has no text and no number for "${name}". Give the key of an item, ${example}.`);
      return [name, asked];
    }),
  );
}

/**
 * Which changes are about the item with this key: in the table itself, or in another one whose key has the same attributes.
 *
 * @param table logical name
 * @throws RunError InvalidInput: if no table of the run has such a key
 */
export function isAbout(asked: AskedKey, table: string, shape: TableShape): (change: Pick<RecordedChange, 'table' | 'key'>) => boolean {
  const keys = new Map<string, Image>();
  for (const [name, of] of Object.entries({ ...shape.others, [table]: shape })) {
    const key = keyIn(of, asked);
    if (key) keys.set(name, key);
  }
  if (keys.size === 0) {
    const needed = shape.keys.map(({ name, type }) => `${name} (${words[type]})`).join(' and ');
    throw new RunError(
      'InvalidInput',
      `--key is not the key of an item of ${table}: that has ${needed}. Give each of them, and nothing else.`,
      {
        fields: { table },
      },
    );
  }
  return ({ table: at, key }) => {
    const found = keys.get(at);
    return found !== undefined && sameImage(found, key);
  };
}

/** Undefined if no item of the table has such a key. */
function keyIn({ keys }: TableShape, asked: AskedKey): Image | undefined {
  if (keys.length !== asked.size) return undefined;
  const values = keys.map(({ name, type }) => [name, keyValue(asked.get(name), type)] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(values.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function keyValue(asked: Asked | undefined, type: KeyType): AttributeValue | undefined {
  if (!asked || (asked.type !== undefined && asked.type !== type)) return undefined;
  if (type === 'S') return { S: asked.text };
  if (type === 'B') return binary(asked.text);
  return numberProblem(asked.text) === undefined ? { N: asked.text } : undefined;
}

/** Undefined for a text that is no base64: Node would decode what it can of it. */
function binary(text: string): AttributeValue | undefined {
  const bytes = Buffer.from(text, 'base64');
  const written = [bytes.toString('base64'), bytes.toString('base64url')].map((form) => form.replace(/=+$/, ''));
  return bytes.length > 0 && written.includes(text.replace(/={1,2}$/, '')) ? { B: new Uint8Array(bytes) } : undefined;
}

function plain(value: unknown): Asked | undefined {
  if (value instanceof NumberText) return { text: value.text, type: 'N' };
  // A text can also stand for binary, in base64, or for a number.
  return typeof value === 'string' ? { text: value, type: undefined } : undefined;
}

function typed(value: unknown): Asked | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [[type, text] = [], ...more] = Object.entries(value);
  if (more.length > 0 || typeof text !== 'string') return undefined;
  return type === 'S' || type === 'N' || type === 'B' ? { text, type } : undefined;
}

/** A number in JSON, with all its digits. */
class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json, (_, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value,
    );
  } catch {
    throw new UsageError(`--key is not JSON. Put it in quotes, so that the shell leaves it as it is, ${example}.`);
  }
}

const words: Record<KeyType, string> = { S: 'a string', N: 'a number', B: 'binary, in base64 such as "AQL/"' };
