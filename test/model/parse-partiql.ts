import type { AttributeValue } from '../../core/values/attribute-value.ts';
import { type Operation, ValidationException } from './operation.ts';

/**
 * Understands the PartiQL that we send:
 *
 *     UPDATE "t" (SET "a"=? | REMOVE "b")+ WHERE "key"=? (AND "c"=? | AND "d" IS MISSING)*
 *     DELETE FROM "t" WHERE … RETURNING ALL OLD *
 *
 * @throws ValidationException for anything else
 */
export function parsePartiql(text: string, parameters: readonly AttributeValue[], tableName: string, keys: readonly string[]): Operation {
  const tokens = text.match(token) ?? [];
  if (tokens.join('') !== text.replaceAll(betweenTokens, '$1')) throw new ValidationException(`cannot read ${text}`);
  const rest = [...tokens];
  const values = [...parameters];
  const accept = (...words: string[]): boolean => {
    if (!words.every((word, index) => rest[index] === word)) return false;
    rest.splice(0, words.length);
    return true;
  };
  const expect = (...words: string[]): void => {
    if (!accept(...words)) throw new ValidationException(`expected ${words.join(' ')} before ${rest.join(' ')} in ${text}`);
  };
  const name = (): string => {
    const quoted = rest.shift() ?? '';
    if (!quoted.startsWith('"')) throw new ValidationException(`expected a name instead of ${quoted} in ${text}`);
    return quoted.slice(1, -1).replaceAll('""', '"');
  };
  const parameter = (): AttributeValue => {
    expect('=', '?');
    const value = values.shift();
    if (!value) throw new ValidationException(`a parameter is missing for ${text}`);
    return value;
  };

  const operation: Operation = { kind: 'update', key: {}, conditions: [], set: {}, remove: [] };
  if (accept('DELETE', 'FROM')) operation.kind = 'delete';
  else expect('UPDATE');
  if (name() !== tableName) throw new ValidationException(`another table in ${text}`);
  while (operation.kind === 'update' && rest[0] !== 'WHERE') {
    if (accept('REMOVE')) operation.remove.push(name());
    else {
      expect('SET');
      operation.set[name()] = parameter();
    }
  }
  expect('WHERE');
  do {
    const subject = name();
    if (accept('IS', 'MISSING')) operation.conditions.push({ kind: 'missing', name: subject });
    else if (keys.includes(subject)) operation.key[subject] = parameter();
    else operation.conditions.push({ kind: 'equals', name: subject, value: parameter() });
  } while (accept('AND'));
  if (operation.kind === 'delete') expect('RETURNING', 'ALL', 'OLD', '*');
  if (rest.length > 0 || values.length > 0) throw new ValidationException(`too much in ${text}`);
  return finish(operation, keys);
}

/** An UPDATE of an item that is gone fails, a DELETE of one succeeds. */
function finish(operation: Operation, keys: readonly string[]): Operation {
  if (keys.some((key) => !operation.key[key])) throw new ValidationException('the whole key must be given');
  assertWritable(operation, keys);
  return operation.kind === 'delete' ? { ...operation, goneIsFine: true } : { ...operation, mustExist: true };
}

export function assertWritable({ kind, set, remove }: Operation, keys: readonly string[]): void {
  const written = [...Object.keys(set), ...remove];
  if (kind === 'update' && written.length === 0) throw new ValidationException('an update of nothing');
  if (new Set(written).size < written.length) throw new ValidationException('one attribute is written twice');
  if (written.some((name) => keys.includes(name))) throw new ValidationException('a key attribute is written');
}

const token = /"(?:[^"]|"")*"|[A-Z]+|[=?*]/g;
/** Blanks outside quoted names. */
const betweenTokens = /("(?:[^"]|"")*")|\s+/g;
