import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/**
 * Runs a command that must not outlive local AWS: `node guard.ts <folder> <command> <arguments…>`, started over IPC. When the channel
 * closes, because the starter ended in any way (even by SIGKILL), the command is killed and the folder is removed, unless its name is empty.
 */
const [folder = '', command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code) => {
  // Functions that end at the same time may still write files; the next start removes those.
  if (!process.connected && folder !== '') rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.exit(code ?? 1);
});
process.on('disconnect', () => child.kill('SIGKILL'));
// Ctrl-C is sent to the whole process group; the guard stays until its command has ended.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
