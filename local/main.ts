import { parseFlags } from './flags.ts';
import { startLocalAws } from './local-aws.ts';

/** `npm run local`: serves local AWS until SIGINT or SIGTERM. Only the line that it is ready goes to stdout. */
const flags = parseFlags(process.argv.slice(2));

let end: () => void = () => process.exit(1);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end());

try {
  const aws = await startLocalAws({ ...flags, watch: true });
  end = () => void aws.close().then(() => process.exit(0));
  console.log(`dynamodt local ready: ${aws.url} (${aws.dynamodb})`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
