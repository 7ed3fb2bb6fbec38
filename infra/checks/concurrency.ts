import { Annotations, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { defaultMaxConcurrency } from '../../core/ledger/workers.ts';

/** Checks the concurrency that is reserved for workers. A run asks for no more than is reserved, so fewer than it would ask for only slow it down. */
export function checkConcurrency(scope: Construct, reserved: number | undefined): void {
  if (reserved === undefined || Token.isUnresolved(reserved)) return;
  if (!Number.isInteger(reserved) || reserved < 1)
    throw new Error(
      `\`reservedConcurrency: ${reserved}\` lets no worker start. Give the number of workers that may run at a time, ${defaultMaxConcurrency} or more, or leave it out.`,
    );
  if (reserved < defaultMaxConcurrency)
    Annotations.of(scope).addWarningV2(
      'dynamodt:reserved-concurrency',
      `\`reservedConcurrency: ${reserved}\` is less than the ${defaultMaxConcurrency} workers of a run, so a run has ${reserved}. If several tables are transformed at a time, their workers wait for each other, and the alarm workers-throttled says so.`,
    );
}
