import { readFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { Message } from 'esbuild';
import type { Bundled } from './checksums.ts';
import { inputFile, pathFrom } from './input-files.ts';
import { isOfPackage, packagesWithNativeCode, packageVersion } from './package-versions.ts';
import { nativePackageOf, withoutNative } from './team-imports.ts';
import { emitsMetadata } from './tsconfig.ts';

/** An import of a package that is not installed, by a package. */
export interface Unresolved {
  name: string;
  /** As esbuild names it. */
  file: string;
  line: number;
}

/** Names that esbuild gives to warnings of imports by a computed name. */
export const computedImports = ['unsupported-dynamic-import', 'unsupported-require-call'];

const ownPlace = /\b__(?:dirname|filename)\b|\bimport\.meta\.(?:url|dirname|filename)\b/;
const readsOwnPlace =
  /\b(?:readFile|readFileSync|readdir|readdirSync|createReadStream|existsSync|Worker|fork|spawn)\(.{0,200}?(?:\b__(?:dirname|filename)|\bimport\.meta\.(?:url|dirname|filename))\b/s;

/**
 * What works on a developer's machine and not in a deploy, if a function comes to it; what stops the file from being loaded is found by loading it.
 *
 * @param warnings of esbuild
 * @param unresolved imports that the bundle leaves to Node
 * @returns clauses that follow the file's name
 */
export async function bundleNotes(bundled: Bundled, warnings: readonly Message[], unresolved: readonly Unresolved[]): Promise<string[]> {
  const notes = await Promise.all([
    nativeNotes(bundled),
    notInstalledNotes(bundled, unresolved),
    computedNotes(bundled, warnings),
    placeNotes(bundled),
    metadataNotes(bundled),
  ]);
  return [...new Set(notes.flat())];
}

/** As messages name a file: from the folder of transformations, or from the folder above it. */
export function placeOf(root: string, file: string, line?: number): string {
  const name = pathFrom(file.startsWith(root + sep) ? root : dirname(root), file);
  return line === undefined ? name : `${name} line ${line}`;
}

async function nativeNotes({ root, inputs }: Bundled): Promise<string[]> {
  const files = Object.entries(inputs).flatMap(([input, found]) => inputFile(root, input, found)?.path ?? []);
  const named = (await packagesWithNativeCode(files)).map((name) => `the package ${name}`);
  const imported = await Promise.all(Object.keys(inputs).map((input) => nativePackageOf(root, input)));
  return [...named, ...imported].flatMap((name) => (name === undefined ? [] : [withoutNative(name)]));
}

async function computedNotes({ root }: Bundled, warnings: readonly Message[]): Promise<string[]> {
  const notes = new Map<string, string>();
  for (const { id, location } of warnings) {
    if (!location || !computedImports.includes(id)) continue;
    const file = resolve(root, location.file);
    const place = placeOf(root, file, location.line);
    const name = isOfPackage(file) ? await packageVersion(file) : undefined;
    // One for each package is enough.
    if (notes.has(name ?? place)) continue;
    notes.set(
      name ?? place,
      name === undefined
        ? `imports by a name that is computed (${place}), and what it imports there is not deployed. Write each name out, or a template that begins with a folder: import(\`./rules/\${name}.ts\`)`
        : `imports the package ${name}, which imports by a name that it computes (${place}). What it imports there is not deployed. If transformations come to that line, use another package`,
    );
  }
  return [...notes.values()];
}

/**
 * Packages that packages import and that are not installed, as those that are only for some users are. Node would look for them when it comes to the import,
 * and so does the bundle.
 *
 * @param unresolved errors of esbuild
 */
async function notInstalledNotes({ root }: Bundled, unresolved: readonly Unresolved[]): Promise<string[]> {
  const byPackage = new Map<string, Unresolved[]>();
  for (const one of unresolved) {
    const name = await packageVersion(resolve(root, one.file));
    byPackage.set(name, [...(byPackage.get(name) ?? []), one]);
  }
  return [...byPackage].map(([name, [first, ...others]]) => {
    const missing = [...new Set([first, ...others].flatMap((one) => one?.name ?? []))].join(', ');
    const place = first && placeOf(root, resolve(root, first.file), first.line);
    return `imports the package ${name}, which imports ${missing} (${place}), and that is not installed. If transformations come to that line, install it`;
  });
}

async function placeNotes(bundled: Bundled): Promise<string[]> {
  const { root, library } = bundled;
  const notes: string[] = [];
  for (const { path, code } of modulesOf(bundled)) {
    const isForeign = isOfPackage(path);
    if (path === library || !(isForeign ? readsOwnPlace : ownPlace).test(code)) continue;
    const lines = (await readFile(path, 'utf8')).split('\n');
    const line = lines.findIndex((text) => ownPlace.test(text) && !/^\s*(?:\/\/|\*)/.test(text)) + 1;
    const [name = ''] = ownPlace.exec(lines[line - 1] ?? code) ?? [];
    const place = placeOf(root, path, line || undefined);
    notes.push(
      isForeign
        ? `imports the package ${await packageVersion(path)}, which looks for files beside its own code (${place}), and those are not deployed. If transformations come to that line, use another package`
        : `uses ${name} (${place}), which is the place of the bundle in a deploy, where none of your files are. Import what the code reads, such as \`import text from './prices.csv'\``,
    );
  }
  return notes;
}

async function metadataNotes(bundled: Bundled): Promise<string[]> {
  if (!/\b__decorateClass\(/.test(bundled.code)) return [];
  const decorated = modulesOf(bundled).find(({ path, code }) => !isOfPackage(path) && /\b__decorateClass\(/.test(code));
  const config = decorated && (await emitsMetadata(decorated.path));
  if (!decorated || config === undefined) return [];
  const [place, of] = [decorated.path, config].map((file) => placeOf(bundled.root, file));
  return [
    `contains decorators (${place}), and ${of} asks for emitDecoratorMetadata, which the bundler cannot do: decorators find no types of properties. Give each decorator the type that it needs, such as \`@Type(() => Date)\``,
  ];
}

/** The modules in a bundle, in which a comment with the name of each stands before its code. */
function modulesOf({ root, inputs, code }: Bundled): { path: string; code: string }[] {
  return code
    .split(/^\/\/ (?=\S)/m)
    .slice(1)
    .flatMap((text) => {
      const end = text.indexOf('\n');
      const [input, known] = [text.slice(0, end), inputs[text.slice(0, end)]];
      const file = known && inputFile(root, input, known);
      return file?.as === 'code' ? [{ path: file.path, code: text.slice(end) }] : [];
    });
}
