const intervalMs = 500;

/**
 * Calls back when the parent process has ended. npm runs a script in a shell; a SIGTERM to npm ends only the shell, and
 * this process would continue and keep its port. Only done under npm: the starter of `node local/main.ts` in the background may end before it.
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
