import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildFailure, build } from 'esbuild';
import { libraryEntry } from './library-entry.ts';
import { requireBanner } from './require-banner.ts';

/**
 * Bundles `dynamodt.config.*`, of either module form, into one ES module that can be imported from any folder.
 *
 * @returns why it does not compile; undefined if it does
 */
export async function bundleConfig(file: string, outfile: string): Promise<string | undefined> {
  try {
    await build({
      entryPoints: [file],
      outfile,
      absWorkingDir: dirname(file),
      bundle: true,
      platform: 'node',
      target: 'node22',
      format: 'esm',
      banner: { js: requireBanner },
      alias: { dynamodt: libraryEntry },
      // The bundle is written elsewhere. These values stay those of the file.
      define: {
        'import.meta.url': JSON.stringify(pathToFileURL(file).href),
        'import.meta.dirname': JSON.stringify(dirname(file)),
        'import.meta.filename': JSON.stringify(file),
        __dirname: JSON.stringify(dirname(file)),
        __filename: JSON.stringify(file),
      },
      sourcemap: 'inline',
      logLevel: 'silent',
    });
    return undefined;
  } catch (error) {
    const [first] = isBuildFailure(error) ? error.errors : [];
    if (!first) throw error;
    const { location } = first;
    return location ? `${first.text} (line ${location.line}, column ${location.column + 1})` : first.text;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
