import type { FinalizeRequestMiddleware, MetadataBearer, Pluggable } from '@smithy/types';
import { keepProto } from './proto-attribute.ts';

/**
 * An answer of AWS that could not be read: cut off, damaged, or of a proxy. The outcome of the request is unknown. It stands for the error
 * of the parser, which quotes the text that it could not parse, and that text can be item data.
 */
class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
  /** The SDK repeats the request, as after a lost answer. */
  readonly $retryable = {};

  constructor() {
    super("AWS's answer is cut off or damaged, or comes from a proxy. What it contains is left out here, because it can be item data.");
  }
}

/** An SDK client none of whose errors quotes an answer, and whose answers have every attribute. */
export function withoutQuotes<C extends { middlewareStack: { use(plugin: Pluggable<object, MetadataBearer>): void } }>(client: C): C {
  client.middlewareStack.use({
    // Around the deserializer, within the retries.
    applyToStack: (stack) => stack.add(hideAnswer, { step: 'finalizeRequest', priority: 'low', name: 'hideUnreadableAnswer' }),
  });
  client.middlewareStack.use(keepProto);
  return client;
}

const hideAnswer: FinalizeRequestMiddleware<object, MetadataBearer> = (next) => async (args) => {
  try {
    return await next(args);
  } catch (error) {
    throw isOfDeserializer(error) ? new UnreadableAnswer() : error;
  }
};

/** The SDK adds the response to errors of its deserializer. Those that AWS itself answered also say whose fault they are. */
function isOfDeserializer(error: unknown): boolean {
  return error instanceof Error && !('$fault' in error) && ('$response' in error || error instanceof SyntaxError);
}
