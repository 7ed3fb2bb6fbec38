import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
  DeletionPolicy: z.string().optional(),
});
export const TemplateSchema = z.looseObject({
  Description: z.string().optional(),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown().optional() })).default({}),
  Resources: z.record(z.string(), Resource),
});
export type Template = z.output<typeof TemplateSchema>;

/** A template that a stack has. Undefined for one in YAML, such as SAM makes of ours. */
export function templateIn(text: string | undefined): Template | undefined {
  try {
    return TemplateSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

/** A folder that `template` wrote. */
export interface WrittenFolder {
  template: Template;
  /** The template as it is uploaded: its name changes with its contents. */
  templateFile: Asset;
  assets: Asset[];
}

export interface Asset {
  name: string;
  content(): Uint8Array;
  bytes: number;
}

/** Reads what {@link writeTemplateTo} wrote. */
export function readWrittenFolder(folder: string): WrittenFolder {
  const text = readFileSync(join(folder, 'template.json'));
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return {
    template: TemplateSchema.parse(JSON.parse(text.toString('utf8'))),
    templateFile: { name: `template-${hash}.json`, content: () => text, bytes: text.byteLength },
    assets: readdirSync(join(folder, 'assets'))
      .sort()
      .map((name) => {
        const content = (): Uint8Array => readFileSync(join(folder, 'assets', name));
        return { name, content, bytes: content().byteLength };
      }),
  };
}
