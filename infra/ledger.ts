import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** The ledger: what was applied to which table. Losing it means not knowing what is in the data, so it outlives its stack. */
export function createLedger(scope: Construct, tableName: string, encryptionKey: IKey, removalPolicy: RemovalPolicy): Table {
  return new Table(scope, 'Ledger', {
    tableName,
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    timeToLiveAttribute: 'ttl',
    removalPolicy,
  });
}
