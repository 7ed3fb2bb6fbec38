import type { Control } from '../../core/ledger/control.ts';
import type { TransformContext } from '../../core/transformation/contract.ts';
import { documentClient } from './clients.ts';
import { log } from './log.ts';

/** What the functions of a sequence may use in a run. */
export function contextOf(
  { table, shape, direction, dryRun }: Pick<Control, 'table' | 'shape' | 'direction' | 'dryRun'>,
  sequence: number,
  preparation: unknown,
): TransformContext {
  return { table, tableName: shape.name, sequence, direction, dryRun, preparation, documentClient, log };
}
