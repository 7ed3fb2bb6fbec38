import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** The table of the ledger. It stays when the stack is deleted: without it, nobody knows which versions the data has. */
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
