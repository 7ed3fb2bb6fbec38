import type { AbsoluteLocation, InitializeHandlerOptions, InitializeMiddleware, MetadataBearer } from '@smithy/types';

/** The SDK's clients, as far as errors concern them. */
interface Client<Input extends object, Output extends MetadataBearer> {
  middlewareStack: { add(middleware: InitializeMiddleware<Input, Output>, options: InitializeHandlerOptions & AbsoluteLocation): void };
}

/** The service that an error of an SDK client came from. */
const services = new WeakMap<Error, string>();

/** Remembers, for each error that a client throws after its own retries, of which service it is. */
export function namingService<Input extends object, Output extends MetadataBearer, C extends Client<Input, Output>>(
  client: C & Client<Input, Output>,
  service: string,
): C {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error) nameService(error, service);
        throw error;
      }
    },
    { step: 'initialize', name: 'namingService' },
  );
  return client;
}

/** Remembers of which service an error is, unless that is known. @returns the error */
export function nameService(error: Error, service: string): Error {
  if (!services.has(error)) services.set(error, service);
  return error;
}

/** The service that an error came from; undefined if it did not come from a client that names its service. */
export function serviceOf(error: Error): string | undefined {
  return services.get(error);
}
