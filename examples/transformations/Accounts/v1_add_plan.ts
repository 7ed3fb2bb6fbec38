import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { defineTransformation } from 'dynamodt';

interface Account {
  id: string;
}

/**
 * Enrichment from S3: gives each account its plan, which an export of the billing system has. The stack gives the construct
 * `environment: { EXPORTS_BUCKET }` and a statement in `permissions` that allows s3:GetObject.
 */
export default defineTransformation<Account>()({
  sequence: 1,
  adds: ['plan'],
  async prepare(): Promise<Record<string, string>> {
    const object = new GetObjectCommand({ Bucket: process.env['EXPORTS_BUCKET'], Key: 'plans.json' });
    const { Body } = await new S3Client().send(object);
    if (!Body) throw new Error('plans.json is empty');
    return JSON.parse(await Body.transformToString());
  },
  transformUp(account, { preparation }) {
    const plan = preparation[account.id];
    return plan === undefined ? undefined : { ...account, plan };
  },
});
