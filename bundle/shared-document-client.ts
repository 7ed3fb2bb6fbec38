import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Files that define the class: in one file, or in one of its own, as versions of the package differ. */
const definition = /[\\/]@aws-sdk[\\/]lib-dynamodb[\\/]dist-(cjs|es)[\\/](index|DynamoDBDocumentClient)\.js$/;

/** The engine marks its client by this symbol: aws/lookups/read-only-document-client.ts. */
const shared = `
if (typeof DynamoDBDocumentClient === 'function' && !Object.hasOwn(DynamoDBDocumentClient, Symbol.hasInstance)) {
  const isOwnInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(DynamoDBDocumentClient, Symbol.hasInstance, {
    value(client) {
      return isOwnInstance.call(this, client) || (typeof client === 'object' && client !== null && Symbol.for('dynamodt.documentClient') in client);
    },
  });
}
`;

/**
 * Lets the package in a team's bundle accept `context.documentClient`: its paginators ask whether the client is an instance of their class, and the
 * client is one of the engine's copy. A second copy is needed, since a team may use another version of the package.
 */
export const sharedDocumentClient: Plugin = {
  name: 'shared-document-client',
  setup: ({ onLoad }) => {
    onLoad({ filter: definition }, async ({ path }) => {
      // A package in an archive, as of yarn, is left to the bundler, which can read it.
      const text = await readFile(path, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : { contents: text + shared, loader: 'js' };
    });
  },
};
