import { resolve } from 'node:path';
import { type BuildFailure, type BuildOptions, build, type Loader, type LogLevel, type Message, type Metafile } from 'esbuild';
import { computedImports, type Unresolved } from './bundle-notes.ts';
import { textExtensions } from './input-files.ts';
import { libraryEntry } from './library-entry.ts';
import { isOfPackage } from './package-versions.ts';
import { requireBanner } from './require-banner.ts';
import { sharedDocumentClient } from './shared-document-client.ts';
import { pathsModule, teamImports } from './team-imports.ts';

const loader = Object.fromEntries(textExtensions.map((extension): [string, Loader] => [`.${extension}`, 'text']));
const logOverride = Object.fromEntries(computedImports.map((id): [string, LogLevel] => [id, 'warning']));

/** What the bundler says of a bundle. */
export interface BuiltBundle {
  metafile: Metafile;
  warnings: Message[];
  /** Imports that it leaves to Node. */
  unresolved: Unresolved[];
}

/**
 * Bundles one file. What packages import and is not installed is left to Node, which looks for it when it comes to the import; what the team's files import
 * must be there.
 */
export async function buildBundle(root: string, source: string, outfile: string): Promise<BuiltBundle> {
  const options = optionsFor(root, source, outfile);
  try {
    return { ...(await build(options)), unresolved: [] };
  } catch (error) {
    const unresolved = unresolvedIn(error, root);
    if (unresolved === undefined) throw error;
    return { ...(await build({ ...options, external: unresolved.map(({ name }) => name) })), unresolved };
  }
}

function optionsFor(root: string, source: string, outfile: string) {
  return {
    entryPoints: [source],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: requireBanner },
    inject: [pathsModule],
    alias: { dynamodt: libraryEntry },
    loader,
    // For files whose tsconfig has no `jsx`, or leaves it to a bundler (`preserve`): as Next.js and Vite do. Other values of a tsconfig win.
    jsx: 'automatic',
    plugins: [sharedDocumentClient, teamImports(root)],
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    logLimit: 0,
    logOverride,
  } as const satisfies BuildOptions;
}

/** Undefined if anything else is wrong. */
function unresolvedIn(error: unknown, root: string): Unresolved[] | undefined {
  const errors = (error as Partial<BuildFailure>).errors ?? [];
  const unresolved = errors.flatMap(({ text, location }) => {
    const [, name] = /^Could not resolve "([^"./][^"]*)"/.exec(text) ?? [];
    return name !== undefined && location && isOfPackage(resolve(root, location.file))
      ? [{ name, file: location.file, line: location.line }]
      : [];
  });
  return errors.length > 0 && unresolved.length === errors.length ? unresolved : undefined;
}
