import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DeserializeMiddleware, FinalizeRequestMiddleware, HttpResponse, MetadataBearer, Pluggable } from '@smithy/types';

/*
 * DynamoDB can hold an attribute named `__proto__`. The SDK's parser returns `undefined` in its place (@smithy/core 3.41, JsonShapeDeserializer2),
 * so it gets the attribute under another name, and the name is put right in what it returns.
 */

/** In JSON, a name stands after `{` or `,`; within texts its quotes are escaped. */
const protoName = /(?<=[{,]\s*)"__proto__"(?=\s*:)/g;
const otherName = `__proto__ ${randomUUID()}`;

/** Keeps attributes named `__proto__` in the answers of an SDK client. */
export const keepProto: Pluggable<object, MetadataBearer> = {
  applyToStack: (stack) => {
    // Within the deserializer, and around it.
    stack.add(renameInBody, { step: 'deserialize', priority: 'low', name: 'renameProto' });
    stack.add(restoreInOutput, { step: 'finalizeRequest', priority: 'low', name: 'restoreProto' });
  },
};

const renamed = new WeakSet<object>();

const renameInBody: DeserializeMiddleware<object, MetadataBearer> = (next) => async (args) => {
  const result = await next(args);
  const { response } = result;
  if (!isJsonAnswer(response)) return result;
  try {
    const bytes = Buffer.concat(await response.body.toArray());
    response.body = bytes;
    if (!bytes.includes('"__proto__"')) return result;
    response.body = Buffer.from(bytes.toString().replace(protoName, JSON.stringify(otherName)));
    renamed.add(response);
  } catch (error) {
    // The deserializer reads the same failure.
    response.body = new Readable({ read: (): void => {} }).destroy(error instanceof Error ? error : undefined);
  }
  return result;
};

const restoreInOutput: FinalizeRequestMiddleware<object, MetadataBearer> = (next) => async (args) => {
  const result = await next(args);
  if (typeof result.response === 'object' && result.response !== null && renamed.has(result.response)) restore(result.output);
  return result;
};

/** Gives the attribute its name again, at any depth. */
function restore(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const [name, member] of Object.entries(value)) {
    restore(member);
    if (name !== otherName) continue;
    Reflect.deleteProperty(value, name);
    Object.defineProperty(value, '__proto__', { value: member, enumerable: true, configurable: true, writable: true });
  }
}

function isJsonAnswer(response: unknown): response is HttpResponse & { body: Readable } {
  const { statusCode, headers, body } = response as Partial<HttpResponse>;
  return statusCode === 200 && String(headers?.['content-type']).startsWith('application/x-amz-json-') && body instanceof Readable;
}
