import { runSimulation } from '@cloud-copilot/iam-simulate';
import { account, type Statement } from '../../unit/cdk/template.ts';
import type { Needed } from './needed-permissions.ts';

/** Whether a role with these statements may do that, by a simulation of IAM. @throws Error where the simulation cannot be run */
export const isAllowed = async (statements: readonly Statement[], { action, resource, context }: Needed): Promise<boolean> => {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/simulated`,
        action,
        resource: { resource, accountId: account },
        contextVariables: context,
      },
      identityPolicies: [{ name: 'policy', policy: { Version: '2012-10-17', Statement: statements } }],
      serviceControlPolicies: [{ orgIdentifier: 'o-1', policies: [{ name: 'everything', policy: everything }] }],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
};
