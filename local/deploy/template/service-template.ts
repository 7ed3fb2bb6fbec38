import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const Resource = z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });

const ServiceTemplate = z.object({
  Parameters: z.record(z.string(), z.object({ Default: z.string().optional() })).default({}),
  Resources: z.record(z.string(), Resource),
});

/** What local AWS uses of a template that `npx dynamodt template` wrote. */
export type ServiceTemplate = z.infer<typeof ServiceTemplate>;

/** @throws Error: when the folder has no template of the service */
export async function readServiceTemplate(folder: string): Promise<ServiceTemplate> {
  const file = join(folder, 'template.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`There is no ${file}: write it with \`npx dynamodt template\`, or name the folder that has it with --template.`, {
      cause,
    });
  });
  const template = ServiceTemplate.parse(JSON.parse(text));
  if (resourcesOf(template, 'Custom::DynamodtCatalog').length === 0)
    throw new Error(`${file} is not a template of this service: name a folder that \`npx dynamodt template\` wrote.`);
  return template;
}

/** The properties of all resources of a type. */
export function resourcesOf({ Resources }: ServiceTemplate, type: string): Record<string, unknown>[] {
  return Object.values(Resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));
}
