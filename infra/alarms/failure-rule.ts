import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface FailureRuleOptions {
  stateMachineArn: string;
  recordFailure: IFunction;
  /** Undefined if nobody is to be notified of failures. */
  notify: ITopic | undefined;
  /** Of events that could not be delivered. */
  lostEvents: IQueue;
}

/**
 * Calls `record-failure`, and notifies people, when an execution of transform-table failed, timed out or was aborted. Events come late, twice or
 * never; the ledger stays correct without them.
 */
export function createFailureRule(scope: Construct, { stateMachineArn, recordFailure, notify, lostEvents }: FailureRuleOptions): void {
  const rule = new Rule(scope, 'RunFailed', {
    description: 'A run of dynamodt failed, timed out or was aborted',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      // Children of the Map are separate executions, but not runs.
      detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
  });
  rule.addTarget(new LambdaFunction(recordFailure, { maxEventAge: Duration.hours(2), deadLetterQueue: lostEvents }));
  if (!notify) return;
  const field = (name: string): string => EventField.fromPath(`$.detail.${name}`);
  rule.addTarget(
    new SnsTopic(notify, {
      message: RuleTargetInput.fromText(
        `dynamodt: the run ${field('name')} ended as ${field('status')}. Look at \`dynamodt status\`, and at ${field('executionArn')}`,
      ),
    }),
  );
}
