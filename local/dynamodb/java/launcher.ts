import { fileURLToPath } from 'node:url';

/** The main class that starts DynamoDB Local on the loopback interface, and its folder. */
export const launcherClass = 'LoopbackServer';
export const launcherFolder = fileURLToPath(new URL('.', import.meta.url));

/** SHA-256 of the Java source and of the class compiled from it. */
export const digestsFile = fileURLToPath(new URL('LoopbackServer.json', import.meta.url));

export function launcherFile(extension: 'java' | 'class'): string {
  return fileURLToPath(new URL(`${launcherClass}.${extension}`, import.meta.url));
}
