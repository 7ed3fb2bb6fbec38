import { watch } from 'node:fs';

/** An editor writes a file in several steps, and a checkout many files. */
const quietMilliseconds = 100;

/**
 * Calls back some moments after anything below a folder has changed. Whoever needs to be sure looks at the folder itself: not every
 * platform and file system tells of every change.
 */
export function watchFolder(folder: string, changed: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(changed, quietMilliseconds);
  });
  // The folder was removed, or there are too many to watch: what is served stays as it is until the next invocation.
  watcher.on('error', () => watcher.close());
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
