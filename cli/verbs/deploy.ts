import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { asOperatorError, OperatorError } from '../../aws/operator/operator-error.ts';
import type { DeployPorts } from '../deploy/deploy-ports.ts';
import type { DeployDocument } from '../deploy/deploy-stack.ts';
import type { DestroyDocument } from '../deploy/destroy-stack.ts';
import { resourceName } from '../deploy/resource-name.ts';
import { addServiceOptions, serviceAsked, several } from '../deploy/service-options.ts';
import { writeTemplateTo } from '../deploy/template-writer.ts';
import { listenForInterruption } from '../run/interruption.ts';
import { tablesAsked } from '../tables-asked.ts';
import { sayWrapped, wrapped } from '../terminal/wrapped.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

const texts = z.array(z.string()).default([]);
const Options = z.object({
  stack: z.string().optional(),
  bucket: z.string().optional(),
  parameter: texts,
  tag: texts,
  role: z.string().optional(),
  diff: z.boolean().default(false),
  destroy: z.boolean().default(false),
  yes: z.boolean().default(false),
});
type Options = z.output<typeof Options>;

/** Deploys the service with CloudFormation, or deletes its stack. */
export const deploy: Verb = {
  name: 'deploy',
  summary: 'deploy the service with CloudFormation: files, change set, progress; --destroy deletes its stack and keeps the ledger',
  example: 'deploy --diff',
  addOptions: (command) => {
    addServiceOptions(command);
    command
      .option('--diff', 'only show what a deploy would change')
      .option('--destroy', 'delete the stack; the ledger, its bucket and its key are kept')
      .option('--yes', 'ask nobody')
      .option('--stack <name>', 'name of the stack; by default that of the service')
      .option('--bucket <name>', 'bucket for the files of the deploy; by default that of the stack dynamodt-assets')
      .option('--parameter <Name=value>', 'value for a parameter of the template; can be repeated', several)
      .option('--tag <name=value>', 'tag of the stack and of what it has; can be repeated', several)
      .option('--role <arn>', 'role by which CloudFormation acts');
  },
  run: async (invocation) => {
    const { output, options } = invocation;
    const asked = Options.parse(options);
    const service = serviceAsked(invocation, 'deploy');
    const { region, endpoint } = whereFrom(process.env);
    // Only this verb needs these clients of the SDK.
    const { DeployClients } = await import('../../aws/deploy/deploy-clients.ts');
    const interruption = listenForInterruption();
    const clients = new DeployClients(region);
    const { signal } = interruption;
    const isAtTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true && !output.json;
    const explain = async (error: unknown): Promise<unknown> =>
      asOperatorError(error, { endpoint, region: region ?? (await clients.region().catch(() => undefined)) });
    const ports: DeployPorts = {
      clients,
      output,
      signal,
      sleep: (milliseconds) => setTimeout(milliseconds, undefined, { signal }).catch(() => undefined),
      now: () => performance.now(),
      explain,
      ask: isAtTerminal ? async (question) => (await import('../terminal/ask.ts')).ask(question, signal) : undefined,
    };
    try {
      const document = asked.destroy ? await destroy(asked, invocation, ports) : await deployWritten(asked, service, invocation, ports);
      output.document(document);
      output.text(nextSteps(document).flatMap((line) => (line === '' ? [''] : wrapped(line, '  ', 80))));
      return document.result === 'declined' ? 1 : 0;
    } catch (error) {
      output.endProgress();
      if (error instanceof Error && error.name === 'Interrupted') {
        sayWrapped(output, `Interrupted. ${error.message}`);
        return 130;
      }
      throw await explain(error);
    } finally {
      interruption.end();
      clients.close();
    }
  },
};

async function deployWritten(
  asked: Options,
  service: ReturnType<typeof serviceAsked>,
  { output, config }: Invocation,
  ports: DeployPorts,
): Promise<DeployDocument> {
  const { stack = service.name, bucket, role, diff, yes } = asked;
  const [parameters, tags] = [pairs(asked.parameter, '--parameter UsersTableName=prod-users'), pairs(asked.tag, '--tag team=data')];
  const out = await mkdtemp(join(tmpdir(), 'dynamodt-deploy-'));
  try {
    if (output.isRedrawn) output.progress(() => ['writing the template']);
    const { warnings } = await writeTemplateTo(out, service, config?.settings);
    output.endProgress();
    for (const warning of warnings) sayWrapped(output, `warning: ${warning}`);
    const [{ deployStack }, { readWrittenFolder }] = await Promise.all([
      import('../deploy/deploy-stack.ts'),
      import('../deploy/written-folder.ts'),
    ]);
    const folder = readWrittenFolder(out);
    const tagged = asked.tag.length > 0 ? tags : undefined;
    return await deployStack({ service: service.name, stack, folder, bucket, parameters, tags: tagged, role, diff, yes }, ports);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function destroy({ stack, role, diff, yes }: Options, invocation: Invocation, ports: DeployPorts): Promise<DestroyDocument> {
  const { service, output } = invocation;
  if (output.json && process.stdin.isTTY && !yes && !diff)
    throw new UsageError('--destroy with --json asks no question. Give --yes, too, to delete the stack, or --diff to see what is kept.');
  const { destroyStack } = await import('../deploy/destroy-stack.ts');
  const tablesInRuns = async (): Promise<string[] | undefined> => {
    try {
      return await runsUnderWay(invocation);
    } catch (error) {
      const explained = await service.explained(error);
      return explained instanceof OperatorError && explained.name === 'ServiceNotFound' ? [] : undefined;
    }
  };
  return destroyStack({ service: service.name, stack: stack ?? service.name, role, diff, yes, tablesInRuns }, ports);
}

async function runsUnderWay({ service }: Invocation): Promise<string[]> {
  const tables = await tablesAsked({ table: undefined, service });
  const held = await Promise.all(
    tables.map(async ({ table }) => {
      const lock = await service.ledger.lock(table);
      return lock?.execution !== undefined && (await service.execution(lock.execution))?.status === 'running';
    }),
  );
  return tables.flatMap(({ table }, index) => (held[index] ? [table] : []));
}

function nextSteps(document: DeployDocument | DestroyDocument): string[] {
  switch (document.result) {
    case 'deployed':
      return [
        '',
        `Deployed. Outputs of the stack ${document.stack}:`,
        ...Object.entries(document.outputs).map(([name, value]) => `  ${resourceName(name)}: ${value}`),
        '',
        `Next: \`npx dynamodt plan\`, then \`npx dynamodt up\`${document.service === 'dynamodt' ? '' : `, with --name ${document.service} if the configuration does not name it`}.`,
      ];
    case 'planned':
      return ['', 'Nothing was changed. Without --diff, this is done.'];
    case 'declined':
      return ['Nothing was changed.'];
    case 'destroyed':
      return [
        '',
        `Deleted. ${document.kept.length > 0 ? 'What was kept costs little, and is taken in by the next `npx dynamodt deploy` of this name.' : 'Nothing of the service was kept.'}`,
        'The stack dynamodt-assets stays, because other services may use it.',
      ];
    default:
      return [];
  }
}

function pairs(given: readonly string[], example: string): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`${example.split(' ')[0]} takes a name and a value, as in ${example}, not "${text}".`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function whereFrom(env: NodeJS.ProcessEnv): { region: string | undefined; endpoint: string | undefined } {
  return {
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined,
    endpoint: env['AWS_ENDPOINT_URL_CLOUDFORMATION'] || env['AWS_ENDPOINT_URL'] || undefined,
  };
}
