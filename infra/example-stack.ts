import { Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { Dynamodt } from './dynamodt.ts';

/** An example stack in this repository: four tables, and the service with the files in `transformations/`. */
export class ExampleStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    const protectedTable = { pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true }, deletionProtection: true };
    const users = new TableV2(this, 'Users', { partitionKey: text('id'), ...protectedTable });
    const cities = new TableV2(this, 'Cities', { partitionKey: text('id'), ...protectedTable });
    const authors = new TableV2(this, 'Authors', { partitionKey: text('id'), ...protectedTable });
    const orders = new TableV2(this, 'Orders', {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      globalSecondaryIndexes: [
        { indexName: 'GSI1', partitionKey: text('GSI1PK') },
        { indexName: 'GSI4', partitionKey: text('GSI4PK'), sortKey: text('GSI4SK') },
      ],
      ...protectedTable,
    });
    new Dynamodt(this, 'Dynamodt', {
      tables: { Users: users, Orders: orders, Cities: cities, Authors: authors },
      // Authors v1 asks it.
      environment: { WIKI_URL: 'https://en.wikipedia.org/wiki/' },
    });
  }
}
