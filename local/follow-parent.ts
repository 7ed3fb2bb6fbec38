const intervalMs = 500;

/**
 * Calls back when the process that started this one is gone. npm runs a script in a shell; a SIGTERM to npm ends the shell only, and
 * this process would be left behind with its port. Only done under npm: whoever starts `node local/main.ts` in the background may end.
 */
export function followParent(gone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, intervalMs);
  timer.unref();
}
