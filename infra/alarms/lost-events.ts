import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IDestination } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { DeployedNames } from '../names.ts';

/** The queue of events that neither `control-run` nor `record-failure` could follow. An alarm is on while it holds any. */
export function createLostEvents(scope: Construct, { prefix }: DeployedNames): Queue {
  return new Queue(scope, 'LostEvents', {
    queueName: `${prefix}-lost-events`,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
}

/** Lambda sends what it gave up on. CDK's own destination also permits to read the attributes of the queue, which nothing needs. */
export function destinationOf(queue: IQueue): IDestination {
  return { bind: () => ({ destination: queue.queueArn }) };
}

/** Lambda sends with the role of the function. */
export function sendStatement(queue: IQueue): PolicyStatement {
  return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] });
}
