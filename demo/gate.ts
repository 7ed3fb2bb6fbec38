import * as z from 'zod';
import type { DynamodtCommand } from './dynamodt-command.ts';

const Finding = z.object({ name: z.string(), message: z.string() });
const Plan = z.object({ problems: z.array(Finding) });

/** The gate before phases 3 and 4: what `dynamodt plan <Table> --sequence <n> --quiet <time>` says. */
export interface Gate {
  readonly isOpen: boolean;
  readonly problems: readonly { name: string; message: string }[];
}

/** Asks whether anybody wrote the shape before the version within the time. */
export async function gateOf(dynamodt: DynamodtCommand, table: string, sequence: number, quiet: string): Promise<Gate> {
  const { exitCode, document } = await dynamodt.run('plan', table, '--sequence', String(sequence), '--quiet', quiet);
  return { isOpen: exitCode === 0, problems: Plan.parse(document).problems };
}
