import type { DynamoDBDocumentClient, ServiceInputTypes } from '@aws-sdk/lib-dynamodb';

/** The same client, which reports the names of tables before it reads them. */
export function notingLookups(client: DynamoDBDocumentClient, note: (tableName: string) => void): DynamoDBDocumentClient {
  const noting: DynamoDBDocumentClient = Object.create(client, {
    send: {
      value: (...sent: Parameters<DynamoDBDocumentClient['send']>) => {
        for (const name of tablesIn(sent[0].input)) note(name);
        return client.send(...sent);
      },
    },
  });
  return noting;
}

function tablesIn(input: ServiceInputTypes): string[] {
  const names = [
    'TableName' in input ? input.TableName : undefined,
    ...('RequestItems' in input ? Object.keys(input.RequestItems ?? {}) : []),
    ...('TransactItems' in input ? (input.TransactItems ?? []).map((item) => ('Get' in item ? item.Get?.TableName : undefined)) : []),
  ];
  return names.filter((name) => name !== undefined).map((name) => name.slice(name.lastIndexOf('/') + 1));
}
