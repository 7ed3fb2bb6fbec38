import { parseFlags } from './flags.ts';
import { followParent } from './follow-parent.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';

/** Max milliseconds of the close. After that, the process ends anyway. */
const closeTimeoutMs = 10_000;

/**
 * Serves local AWS until SIGINT, SIGTERM or the end of npm, and then ends the process. Only the line that says it is ready, and what `onReady` prints, go to stdout.
 *
 * @param command how the user started it, for the text about wrong flags
 */
export async function serve(args: string[], command: string, onReady: (aws: LocalAws) => void = () => {}): Promise<void> {
  const flags = parseFlags(args, command);

  let end: () => void = () => process.exit(1);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end());
  followParent(() => end());

  try {
    const aws = await startLocalAws({ ...flags, watch: true });
    end = () => {
      // A second signal ends the process immediately.
      end = () => process.exit(1);
      setTimeout(() => process.exit(1), closeTimeoutMs).unref();
      aws.close().then(
        () => process.exit(0),
        (error) => {
          console.error(error);
          process.exit(1);
        },
      );
    };
    console.log(`dynamodt local ready: ${aws.url} (${aws.dynamodb})`);
    onReady(aws);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
