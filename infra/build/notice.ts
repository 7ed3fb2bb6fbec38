import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** A package whose code a bundle contains. */
interface BundledPackage {
  name: string;
  version: string;
  /** SPDX, by its package.json. */
  license: string;
  /** Of its licence files and notices. */
  text: string;
}

/** Licences that let their code be part of an MIT package, if its text comes with it. Anything else must be looked at before it is bundled. */
const permissive = new Set(['MIT', 'MIT-0', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0']);

/**
 * The notice of third-party code that goes with the bundles: each package with its version and licence, and each text once.
 *
 * @param root where the bundles were made, so that the metafile's paths begin there
 * @throws Error: when a package has no licence, or one that is not known to permit this
 */
export async function noticeOf({ outputs }: Pick<Metafile, 'outputs'>, root: string): Promise<string> {
  const folders = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs).flatMap(packageFolder));
  const packages = await Promise.all([...new Set(folders)].sort().map((folder) => readPackage(join(root, folder))));
  const byText = new Map<string, BundledPackage[]>();
  for (const bundled of packages) byText.set(bundled.text, [...(byText.get(bundled.text) ?? []), bundled]);
  const sections = [...byText].map(
    ([text, of]) => `${of.map(({ name, version, license }) => `${name} ${version} (${license})`).join('\n')}\n\n${text}`,
  );
  const head =
    'The files in dist/functions, dist/template, dist/local and dist/chunks contain code of these packages, each under its own licence.';
  return `${[head, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** `node_modules/a/node_modules/@b/c/dist/d.js` is of `node_modules/a/node_modules/@b/c`; our own files are of none. */
function packageFolder(input: string): string[] {
  const [folder] = /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
  return folder === undefined ? [] : [folder];
}

async function readPackage(folder: string): Promise<BundledPackage> {
  const { name, version, license } = Manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  if (!permissive.has(license))
    throw new Error(
      `The package would contain ${name} ${version} under ${license}. Leave it out, or allow the licence in infra/build/notice.ts.`,
    );
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return {
    name,
    version,
    license,
    text:
      texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n') ||
      `It comes without a text of its licence: ${license}, https://spdx.org/licenses/${license}.html`,
  };
}
