import type { Catalog } from './catalog.ts';
import { invalidFile } from './check-exports.ts';

/** A transformation file as the last deploy published it. */
export type PublishedFile = Catalog['tables'][string]['files'][number];

/**
 * The file of a sequence, where it can stand for a version.
 *
 * @returns undefined where none is deployed
 * @throws RunError InvalidTransformation where it does not compile, or two files have the sequence
 */
export function deployedFile(files: readonly PublishedFile[], sequence: number): PublishedFile | undefined {
  const [file, twin] = files.filter((candidate) => candidate.sequence === sequence);
  if (file && twin) throw invalidFile(twin.file, `has the same sequence as ${file.file}. Give one of them another number`);
  if (file?.problem) throw invalidFile(file.file, file.problem);
  return file;
}
