import type { ServiceSettings } from '../../config/contract.ts';

const kms = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';

/** Settings of services that together use every property, and so every part of the CDK that the construct can need. */
export function everySetting(transformations: string): ServiceSettings[] {
  const tables = {
    Users: 'prod-users',
    Orders: { tableName: 'prod-orders', encryption: kms },
    Cities: { encryption: 'parameter' },
    Authors: { tableName: 'prod-authors', acceptLastWriterWins: true, parameters: { 1: { language: 'en' } } },
  };
  const stream = 'arn:aws:dynamodb:us-east-1:123456789012:table/prod-items/stream/2026-01-01T00:00:00.000';
  const followed = {
    Items: { tableName: 'prod-items', follow: true, stream },
    Prices: { follow: { units: 50, concurrency: 1, writerAttribute: 'updatedBy' }, stream: 'parameter' },
  };
  const many = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `Table${index}`,
      { tableName: `a-table-with-a-name-of-sixty-characters-${index}-of-the-team`, encryption: kms },
    ]),
  );
  return [
    { tables, transformations },
    { tables: { ...tables, ...many }, transformations },
    {
      name: 'second',
      tables,
      transformations,
      tablesElsewhere: [],
      lookupTables: { Prices: 'prices', Rates: { tableName: 'rates', encryption: kms } },
      environment: { WIKI_URL: 'https://en.wikipedia.org/wiki/' },
      secrets: {
        API_KEY: { secret: 'shop/api-key' },
        PASSWORD: { secret: 'shop/login', field: 'password', key: kms },
        TOKEN: { parameter: '/shop/token', key: kms },
      },
      permissions: {
        prepare: [{ Action: 'secretsmanager:GetSecretValue', Resource: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-*' }],
        transform: [
          {
            Sid: 'Read',
            Effect: 'Allow',
            Action: ['s3:GetObject'],
            Resource: ['arn:aws:s3:::b/*'],
            Condition: { Bool: { 'aws:SecureTransport': 'true' } },
          },
        ],
      },
      layers: ['arn:aws:lambda:us-east-1:123456789012:layer:fonts:1'],
      encryptionKey: kms,
      removalPolicy: 'destroy',
      memorySize: 3538,
      reservedConcurrency: 50,
      encryptLogs: kms,
      logRetention: 7,
      journalRetention: 14,
      onlyBetween: '22:00-06:00 Europe/Berlin',
      pauseOn: ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:latency', 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors'],
      notify: 'arn:aws:sns:us-east-1:123456789012:team',
      notifyOf: ['failed', 'approval', 'succeeded'],
      events: 'arn:aws:events:us-east-1:123456789012:event-bus/team',
      tracing: true,
      vpc: { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'] },
      controlInterval: 5000,
    },
    {
      name: 'third',
      encryptLogs: true,
      tables: { ...tables, ...followed },
      transformations,
      vpc: { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] },
    },
  ];
}
