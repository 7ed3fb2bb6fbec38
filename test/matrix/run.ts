import { execFile } from 'node:child_process';

/** Runs a program. @returns both streams. @throws Error with the last lines of what it printed */
export function run(command: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { maxBuffer: 256 * 1024 * 1024, ...options }, (error, stdout, stderr) => {
      const printed = `${stdout}${stderr}`;
      if (error) reject(new Error(`${[command, ...args].join(' ')} failed:\n${printed.split('\n').slice(-30).join('\n')}`));
      else resolve(printed);
    });
  });
}
