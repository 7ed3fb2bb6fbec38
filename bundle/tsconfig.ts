import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';

const flag = /"emitDecoratorMetadata"\s*:\s*(true|false)/;

/** The tsconfig by which a file's decorators get the types of what they decorate; undefined if there is none. */
export async function emitsMetadata(file: string): Promise<string | undefined> {
  const config = nearestConfig(dirname(file));
  return config === undefined ? undefined : configWithFlag(config, new Set());
}

/** The bundler reads no other name than tsconfig.json. */
function nearestConfig(folder: string): string | undefined {
  const config = join(folder, 'tsconfig.json');
  if (existsSync(config)) return config;
  return folder === dirname(folder) ? undefined : nearestConfig(dirname(folder));
}

async function configWithFlag(config: string, seen: Set<string>): Promise<string | undefined> {
  seen.add(config);
  const text = (await readFile(config, 'utf8').catch(() => '')).replace(/^\s*\/\/.*$|\/\*[\s\S]*?\*\//gm, '');
  const [, set] = flag.exec(text) ?? [];
  if (set !== undefined) return set === 'true' ? config : undefined;
  const [, list = '', one = ''] = /"extends"\s*:\s*(?:\[([^\]]*)\]|("[^"]*"))/.exec(text) ?? [];
  // Of several, the last one counts.
  for (const [, name = ''] of [...(list || one).matchAll(/"([^"]+)"/g)].toReversed()) {
    const base = extended(config, name);
    const found = base !== undefined && !seen.has(base) ? await configWithFlag(base, seen) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function extended(config: string, name: string): string | undefined {
  if (/^\.{0,2}[/\\]/.test(name)) {
    const file = resolve(dirname(config), name);
    return extname(file) === '.json' ? file : `${file}.json`;
  }
  const { resolve: find } = createRequire(config);
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`])
    try {
      return find(candidate);
    } catch {
      // Not this one.
    }
  return undefined;
}
