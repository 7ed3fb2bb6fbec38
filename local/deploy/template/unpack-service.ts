import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { unzipSync } from 'fflate';
import type { TemplateService } from './resolve-service.ts';

/** Where {@link unpackService} writes the definitions of state machines, in its folder. */
export const definitionsFolder = 'state-machines';

/** Where {@link unpackService} writes the code of a function, in its folder. */
export function codeFolder(target: string, name: string): string {
  return join(target, 'functions', name);
}

/**
 * Unpacks the assets of a template: the code of each function in a folder of its own, as Lambda does, and the definitions of the state machines with
 * what the template substitutes.
 *
 * @param folder that has `assets/`
 * @throws Error: when a file is missing
 */
export async function unpackService({ functions, stateMachines }: TemplateService, folder: string, target: string): Promise<void> {
  const asset = (name: string): Promise<Buffer> =>
    readFile(join(folder, 'assets', name)).catch((cause: unknown) => {
      throw new Error(`${join(folder, 'assets', name)} is missing: write the folder again with \`npx dynamodt template\`.`, { cause });
    });
  await mkdir(join(target, definitionsFolder), { recursive: true });
  for (const { name, asset: zip } of functions) await unzip(await asset(zip), codeFolder(target, name));
  for (const { name, asset: definition, substitutions } of stateMachines) {
    const text = (await asset(definition)).toString();
    await writeFile(
      join(target, definitionsFolder, `${name}.asl.json`),
      text.replace(/\$\{(\w+)\}/g, (placeholder, variable: string) => substitutions[variable] ?? placeholder),
    );
  }
}

async function unzip(zip: Buffer, target: string): Promise<void> {
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    const file = resolve(target, path);
    if (!file.startsWith(target + sep)) throw new Error(`An asset has a file outside its folder: ${path}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}
