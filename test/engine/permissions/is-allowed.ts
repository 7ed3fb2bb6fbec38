import { runSimulation } from '@cloud-copilot/iam-simulate';
import { account, type Statement } from '../../support/template.ts';
import type { Needed } from './needed-permissions.ts';

/** Uses of a key by ourselves, whose encryption context the simulation does not know: allowed by a statement whose every condition holds. */
function mayUseKey(statements: readonly Statement[], { action, resource, context }: Needed): boolean {
  return statements.some(({ Effect, Action, Resource, Condition = {} }) => {
    const { StringEquals = {}, Null = {}, ...others } = Condition;
    const holds =
      Object.keys(others).length === 0 &&
      Object.entries(StringEquals).every(([key, values]) => context[key]?.every((value) => [values].flat().includes(value))) &&
      Object.entries(Null).every(([key, isMissing]) => (context[key] === undefined) === (isMissing === 'true'));
    return Effect === 'Allow' && [Action].flat().includes(action) && [Resource].flat().includes(resource) && holds;
  });
}

/** Whether a role with these statements may do that, by a simulation of IAM. @throws Error where the simulation cannot be run */
export async function isAllowed(statements: readonly Statement[], needed: Needed): Promise<boolean> {
  const { action, resource, context } = needed;
  if (action.startsWith('kms:')) return mayUseKey(statements, needed);
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
}
