import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../infra/package-root.ts';
import type { Service } from '../support/service.ts';
import type { Project } from './installed-package.ts';

export interface Ended {
  exitCode: number;
  /** What it printed, both streams, without colours. */
  printed: string;
}

/** Runs osls, the maintained Serverless Framework 3, in a project whose environment points to a local service. */
export function sls(project: Project, service: Service, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = {
      PATH: process.env['PATH'],
      HOME: project.folder,
      NO_COLOR: '1',
      AWS_ENDPOINT_URL: service.aws.url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const framework = join(packageRoot, 'node_modules/osls/bin/serverless.js');
    execFile(process.execPath, [framework, ...args], { cwd: project.folder, env }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code ?? 1) : 0, printed: stdout + stderr }),
    );
  });
}
