const frame = /([^/\\\s()]+[/\\]v\d+[\w-]*\.[cm]?[jt]s):(\d+)(?::\d+)?/;

/** Where in a transformation file an error arose, such as `Users/v3_split_name.ts:12`, from its stack's frames; never its message. */
export function sourceLocation(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
  // The message stands in the stack, and could look like a frame.
  for (const line of error.stack.replace(String(error.message), '').split('\n')) {
    const found = /^\s*at /.test(line) ? frame.exec(line) : null;
    if (found) return `${found[1]?.replace('\\', '/')}:${found[2]}`;
  }
  return undefined;
}
