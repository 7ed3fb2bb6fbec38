import { addPlanOptions } from '../plan/plan-options.ts';
import type { Verb } from '../verb.ts';

/** Shows what the local files would do to a table, or to all, without writing anything. */
export const plan: Verb = {
  name: 'plan',
  summary: 'show what your files would do to a table, or to all, without writing anything',
  example: 'plan Users --write-units 500',
  worksWithoutStage: ({ offline }) => offline === true,
  addOptions: addPlanOptions,
  run: async (invocation) => {
    // Loaded only here, since loading the bundler takes time.
    const { runPlan } = await import('../plan/run-plan.ts');
    return runPlan(invocation);
  },
};
