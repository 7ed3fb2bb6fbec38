import { join } from 'node:path';
import * as z from 'zod';
import { addServiceOptions, serviceAsked } from '../deploy/service-options.ts';
import { type WrittenTemplate, writeTemplateTo } from '../deploy/template-writer.ts';
import type { Verb } from '../verb.ts';

/** Writes the service as plain CloudFormation into a folder. Sends no request. */
export const template: Verb = {
  name: 'template',
  summary: 'write the service as a plain CloudFormation template with its code, for any tool that deploys one',
  example: 'template --out dynamodt.out',
  addOptions: (command) => {
    addServiceOptions(command);
    command.option('--out <dir>', 'folder to write', 'dynamodt.out');
  },
  run: async (invocation) => {
    const { output, config } = invocation;
    const { out } = z.object({ out: z.string().min(1) }).parse(invocation.options);
    const asked = serviceAsked(invocation, 'template');
    const written = await writeTemplateTo(out, asked, config?.settings);
    output.document({ template: join(out, 'template.json'), local: join(out, 'template.local.json'), ...written });
    for (const warning of written.warnings) output.say(warning);
    output.text(lines(out, asked.name, written));
    return 0;
  },
};

function lines(out: string, name: string, { resources, bytes, assets, parameters }: WrittenTemplate): string[] {
  const given = parameters.map((parameter) => `${parameter}=…`).join(' ');
  return [
    `wrote ${join(out, 'template.json')}: ${resources} resources, ${Math.ceil(bytes / 1024)} KB; ${assets.length} files in ${join(out, 'assets')}`,
    '',
    'Next, with a bucket in the region of the stack:',
    `  aws s3 cp ${join(out, 'assets')} s3://BUCKET/${name}/ --recursive`,
    `  aws cloudformation deploy --stack-name STACK --template-file ${join(out, 'template.json')} --s3-bucket BUCKET --capabilities CAPABILITY_NAMED_IAM --parameter-overrides AssetsPrefix=${name}/ ${given.replace('AssetsBucket=…', 'AssetsBucket=BUCKET')}`,
    'SAM, Terraform, Pulumi and SST: node_modules/dynamodt/docs/deploy-without-cdk.md.',
  ];
}
