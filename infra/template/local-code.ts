import * as z from 'zod';
import { assetParameters } from './template-synthesizer.ts';

/** What is used of a template. */
export interface Template {
  Parameters: Record<string, { Default?: string }>;
  Resources: Record<string, { Type: string; Properties?: unknown; Metadata?: unknown }>;
}

/** The template with the code of functions as paths, which `aws cloudformation package` and SAM upload and replace. */
export function localCode(template: Template, folder: string): object {
  const { [assetParameters.bucket]: _bucket, [assetParameters.prefix]: _prefix, ...Parameters } = template.Parameters;
  return withPaths({ ...template, Parameters }, folder) as object;
}

function withPaths(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((element) => withPaths(element, folder));
  if (typeof value !== 'object' || value === null) return value;
  const asset = assetIn(value);
  if (asset !== undefined) return `${folder}/${asset}`;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPaths(inner, folder)]));
}

/** The name of the asset, in the three forms in which functions, our own resource and state machines name bucket and key. */
function assetIn(value: object): string | undefined {
  const { bucket, key } = Location.safeParse(value).data ?? {};
  if (bucket !== assetParameters.bucket) return undefined;
  return /[\w-]+\.(zip|json)/.exec(JSON.stringify(key))?.[0];
}

const Bucket = z.object({ Ref: z.string() });
const Location = z.union([
  z.object({ S3Bucket: Bucket, S3Key: z.unknown() }).transform(({ S3Bucket, S3Key }) => ({ bucket: S3Bucket.Ref, key: S3Key })),
  z.object({ s3Bucket: Bucket, s3Key: z.unknown() }).transform(({ s3Bucket, s3Key }) => ({ bucket: s3Bucket.Ref, key: s3Key })),
  z.object({ Bucket, Key: z.unknown() }).transform(({ Bucket: { Ref }, Key }) => ({ bucket: Ref, key: Key })),
]);
