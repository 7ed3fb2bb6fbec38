import type { Stack } from '../../aws/deploy/stacks.ts';

/** What a deploy may do with a stack in its present state. `renew`: its creation failed, so it is deleted and created again. */
export type Readiness = { is: 'wait' } | Settled;
export type Settled = { is: 'create' | 'update' | 'renew' } | { is: 'refused'; message: string };

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html has the meaning of each status. */
export function readinessOf(stack: Pick<Stack, 'name' | 'status' | 'statusReason'> | undefined): Readiness {
  if (!stack) return { is: 'create' };
  const { name, status, statusReason } = stack;
  switch (status) {
    case 'REVIEW_IN_PROGRESS':
    case 'DELETE_COMPLETE':
      return { is: 'create' };
    case 'CREATE_COMPLETE':
    case 'UPDATE_COMPLETE':
    case 'UPDATE_ROLLBACK_COMPLETE':
    case 'IMPORT_COMPLETE':
    case 'IMPORT_ROLLBACK_COMPLETE':
      return { is: 'update' };
    case 'ROLLBACK_COMPLETE':
      return { is: 'renew' };
    default:
      if (status.endsWith('_IN_PROGRESS')) return { is: 'wait' };
      return {
        is: 'refused',
        message: `The stack ${name} is ${status}${statusReason ? ` (${statusReason.replace(/\.$/, '')})` : ''}. ${wayOut(name, status)}`,
      };
  }
}

function wayOut(name: string, status: string): string {
  const of = `--stack-name ${name}`;
  switch (status) {
    case 'UPDATE_ROLLBACK_FAILED':
      return `CloudFormation could not bring back what it was before. \`aws cloudformation describe-stack-events ${of}\` shows which resource it could not restore: mend that, then \`aws cloudformation continue-update-rollback ${of}\`, and deploy again.`;
    case 'IMPORT_ROLLBACK_FAILED':
      return `\`aws cloudformation describe-stack-events ${of}\` shows why. Mend that in the CloudFormation console, by which AWS lets you continue the rollback, and deploy again.`;
    case 'UPDATE_FAILED':
      return `Somebody deployed it without a rollback. Bring it back with \`aws cloudformation rollback-stack ${of}\`, and deploy again.`;
    case 'CREATE_FAILED':
    case 'ROLLBACK_FAILED':
      return 'Its creation failed and could not be taken back. `npx dynamodt deploy --destroy` deletes it and keeps the ledger, and the next deploy takes the ledger in.';
    case 'DELETE_FAILED':
      return `\`aws cloudformation describe-stack-events ${of}\` shows which resource could not be deleted. Mend that, and repeat \`npx dynamodt deploy --destroy\`.`;
    default:
      return 'dynamodt does not know this state: look at the stack in the CloudFormation console.';
  }
}
