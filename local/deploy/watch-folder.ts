import { watch } from 'node:fs';

/** Milliseconds to wait for further changes: an editor writes a file in several steps, and a checkout writes many files. */
const settleMilliseconds = 100;

/**
 * Calls back shortly after anything below a folder has changed. A caller that must not miss a change has to compare the folder itself: not every
 * platform and file system reports every change.
 */
export function watchFolder(folder: string, changed: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(changed, settleMilliseconds);
  });
  // The folder was removed, or there are too many folders to watch: changes are then found at the next invocation.
  watcher.on('error', () => watcher.close());
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
