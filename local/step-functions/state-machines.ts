import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import { kebabCase, type Names } from '../names.ts';
import { checkSupported } from './interpreter/check-supported.ts';
import type { Machine } from './machine.ts';

const extension = '.asl.json';

/** Texts that were found valid. To validate one takes 150 ms, in which the validator compiles its schemas, and names do not change the result. */
const valid = new Set<string>();

/**
 * Reads all state machines of a folder.
 *
 * @param version that of the functions that they call; undefined for the newest ones
 * @throws Error: when a state machine is not valid; the message names the file.
 */
export async function loadStateMachines(folder: string, names: Names, version?: string): Promise<Machine[]> {
  const files = await readdir(folder).catch(() => []);
  return Promise.all(files.filter((file) => file.endsWith(extension)).map((file) => load(folder, file, names, version)));
}

async function load(folder: string, file: string, names: Names, version: string | undefined): Promise<Machine> {
  const name = file.slice(0, -extension.length);
  try {
    const template = await readFile(join(folder, file), 'utf8');
    const text = resolvePlaceholders(template, names, version);
    const definition = JSON.parse(text);
    checkSupported(definition);
    // The constructor validates the definition.
    if (!valid.has(template)) new StateMachine(definition);
    valid.add(template);
    return { arn: names.stateMachineArn(name), name: `${names.prefix}-${name}`, definition, text, creationDate: Date.now() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${join(folder, file)} is not a state machine that local AWS can run: ${reason}`, { cause });
  }
}

/**
 * Replaces placeholders: `${StartRunFunctionArn}` is the function `start-run`, `${TransformTableStateMachineArn}` the machine `transform-table`,
 * `${Partition}` is `aws`, and `${Deploy}` the version of the functions.
 */
function resolvePlaceholders(text: string, names: Names, version: string | undefined): string {
  return text.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    if (name === 'Partition') return 'aws';
    if (name === 'Deploy') return version ?? '';
    const [, pascal = '', kind] = /^(\w+?)(FunctionArn|StateMachineArn)$/.exec(name) ?? [];
    if (kind === 'FunctionArn') return `${names.functionArn(kebabCase(pascal))}${version === undefined ? '' : `:${version}`}`;
    if (kind === 'StateMachineArn') return names.stateMachineArn(kebabCase(pascal));
    throw new Error(
      `the placeholder ${placeholder} is unknown, name it <Function>FunctionArn, <Machine>StateMachineArn, Deploy or Partition`,
    );
  });
}
