import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { addConstruct, fillIn, plainFiles, writeFiles } from './projects.ts';
import type { Row } from './rows.ts';
import { run } from './run.ts';

/**
 * 1. Make the project, and install the package into it. 2. `dynamodt init Users`. 3. Fill in. 4. `tsc`. 5. The project's tests. 6. `cdk synth`.
 *
 * @param work folder with the packed package; rows share its programs
 * @returns the problem, or undefined if the row passed
 */
export async function runRow(row: Row, work: string): Promise<string | undefined> {
  const node = await program(work, `node@${row.node ?? '24'}`, 'node', row.node);
  const { NODE_OPTIONS: _, npm_config_user_agent: __, ...inherited } = process.env;
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(Object.entries(inherited).filter(([name]) => !name.startsWith('npm_'))),
    PATH: [join(node, 'bin'), process.env['PATH']].join(delimiter),
    CI: '1',
    NO_COLOR: '1',
    AWS_REGION: 'us-east-1',
    // No service answers there, so that init does not wait.
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
  const top = join(work, row.folder ?? 'project');
  await rm(top, { recursive: true, force: true });
  const folder = row.workspace ? join(top, 'packages/app') : row.folder || 'cdkInit' in row.project ? join(top, 'app') : top;
  await mkdir(folder, { recursive: true });
  if ('cdkInit' in row.project) {
    const cdk = await program(work, `aws-cdk@${row.project.cdkInit}`, 'aws-cdk', row.project.cdkInit);
    await run('node', [join(cdk, 'bin/cdk'), 'init', 'app', '--language', 'typescript', '--generate-only'], { cwd: folder, env });
  } else await writeFiles(folder, plainFiles(row.project));
  if (row.workspace) {
    await writeFile(join(top, 'package.json'), JSON.stringify({ name: 'top', private: true, workspaces: ['packages/*'] }));
    // The types that `cdk init` names are in a workspace above it.
    const tsconfig = join(folder, 'tsconfig.json');
    const text = await readFile(tsconfig, 'utf8');
    await writeFile(tsconfig, text.replace('"./node_modules/@types"', '"../../node_modules/@types"'));
  }

  const manager = await managerOf(row, work, folder, env);
  const [archive = ''] = (await readdir(work)).filter((name) => name.endsWith('.tgz'));
  const packages = [...('packages' in row.project ? row.project.packages : []), ...(row.packages ?? [])];
  await manager.add(packages, join(work, archive));
  // Without peers, so that both copies have the same constructs.
  if (row.ownPackages !== undefined)
    await run('npm', ['install', '--legacy-peer-deps', '--no-audit', '--no-fund'], { cwd: join(folder, row.ownPackages), env });
  if (row.refused !== undefined) {
    const printed = await manager.exec('dynamodt', ['--version']).then(
      () => 'not refused',
      (error: Error) => error.message,
    );
    return printed.includes(row.refused) ? undefined : printed;
  }
  if ('cdkInit' in row.project) await addConstruct(folder);
  const printed = await manager.exec('dynamodt', ['init', 'Users', '--json']);
  const { created, test }: { created: string[]; test: { command: string; found: boolean } } = JSON.parse(
    printed.slice(printed.indexOf('{'), printed.lastIndexOf('}') + 1),
  );
  const [transformation = '', file = ''] = created;
  if (!test.found) return `The runner does not find ${file}.`;
  const hasTypeScript = existsSync(join(folder, 'tsconfig.json'));
  // As init made them, and after they are filled in.
  for (const fill of [false, true]) {
    if (fill) await fillIn(join(folder, transformation), join(folder, file), row.imports);
    if (hasTypeScript) await manager.exec('tsc', ['--noEmit']);
    const [first = '', ...args] = test.command.split(' ');
    // With a variable in front, it is a line for a shell.
    const [called, of] = first.includes('=') ? ['sh', ['-c', test.command]] : [first, args];
    const ran = await (first === 'npx' ? manager.exec(args[0] ?? '', args.slice(1)) : run(called, of, { cwd: folder, env }));
    if (!ran.includes('v1.test') && !/pass 1\b/.test(ran)) return `the test was not run:\n${ran}`;
  }
  await manager.exec('cdk', ['synth', '--quiet']);
  const template = await readFile(join(folder, 'cdk.out/AppStack.template.json'), 'utf8');
  const functions = Object.values<{ Type: string; Properties: { Runtime?: string } }>(JSON.parse(template).Resources).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  const others = functions.filter(({ Properties: { Runtime } }) => Runtime !== 'nodejs24.x');
  return functions.length > 10 && others.length === 0 ? undefined : `${functions.length} functions, ${others.length} with another runtime`;
}

interface Manager {
  add(packages: readonly string[], archive: string): Promise<void>;
  exec(command: string, args: readonly string[]): Promise<string>;
}

async function managerOf({ manager = 'npm' }: Row, work: string, folder: string, env: NodeJS.ProcessEnv): Promise<Manager> {
  const options = { cwd: folder, env };
  if (manager === 'npm')
    return {
      add: async (packages, archive) => {
        await run('npm', ['install', '--save-dev', '--no-audit', '--no-fund', ...packages, archive], options);
      },
      exec: (command, args) => run('npx', ['--no-install', command, ...args], options),
    };
  if (manager === 'pnpm') {
    const pnpm = join(await program(work, 'pnpm@10', 'pnpm'), 'bin/pnpm.cjs');
    return {
      add: async (packages, archive) => {
        await run('node', [pnpm, 'install'], options);
        await run('node', [pnpm, 'add', '--save-dev', ...packages, archive], options);
      },
      exec: (command, args) => run('node', [pnpm, 'exec', command, ...args], options),
    };
  }
  const yarn = join(await program(work, '@yarnpkg/cli-dist@4', '@yarnpkg/cli-dist'), 'bin/yarn.js');
  const registry = (await run('npm', ['config', 'get', 'registry'], options)).trim();
  const yarnOptions = {
    cwd: folder,
    env: {
      ...env,
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      YARN_ENABLE_TELEMETRY: 'false',
      // Newest versions of a dependency may be hours old.
      YARN_NPM_MINIMAL_AGE_GATE: '0',
      YARN_NODE_LINKER: manager === 'yarn pnp' ? 'pnp' : 'node-modules',
    },
  };
  await writeFile(join(folder, 'yarn.lock'), '');
  return {
    add: async (packages, archive) => {
      await run('node', [yarn, 'add', '--dev', ...packages, `dynamodt@file:${archive}`], yarnOptions);
    },
    exec: (command, args) => run('node', [yarn, 'exec', command, ...args], yarnOptions),
  };
}

/** The folder of an installed package, which rows share. */
async function program(work: string, specifier: string, name: string, version = ''): Promise<string> {
  const folder = join(work, 'programs', `${name}${version}`.replaceAll('/', '-'));
  if (!existsSync(folder)) {
    await mkdir(folder, { recursive: true });
    // The package of Node fetches its binary in a script.
    await writeFile(join(folder, 'package.json'), JSON.stringify({ allowScripts: { node: true } }));
    await run('npm', ['install', '--no-audit', '--no-fund', specifier], { cwd: folder });
  }
  return join(folder, 'node_modules', name);
}
