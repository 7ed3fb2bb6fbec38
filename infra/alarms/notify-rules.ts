import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { NotifiedOf } from '../../config/contract.ts';
import { detailTypes, type EventKind, eventSource } from '../../core/run/events/run-event.ts';
import type { UsedBus } from '../event-bus.ts';
import type { DeployedNames } from '../names.ts';

export interface NotifyRuleOptions {
  names: DeployedNames;
  notify: ITopic | undefined;
  notifyOf: readonly NotifiedOf[];
  bus: UsedBus | undefined;
}

interface Selected {
  kind: EventKind;
  /** What else the detail must have. */
  detail?: Record<string, string[]>;
}

/** By what people know it. A failure has a rule of its own, which does not depend on our events: failure-rule.ts. */
const selected: Record<Exclude<NotifiedOf, 'failed'>, Selected> = {
  started: { kind: 'runStarted' },
  refused: { kind: 'startRefused' },
  // A run that paused itself at its limit waits for an approval.
  paused: { kind: 'runPaused', detail: { why: ['person', 'alarm'] } },
  resumed: { kind: 'runResumed' },
  approval: { kind: 'runWaiting', detail: { for: ['approval'] } },
  applied: { kind: 'versionApplied' },
  rolledBack: { kind: 'versionRolledBack' },
  succeeded: { kind: 'runSucceeded' },
  budget: { kind: 'budgetChanged' },
};

/**
 * Notifies people of what the team chose, in the sentence of the event.
 *
 * @throws Error: when there is no topic, or no events
 */
export function createNotifyRules(scope: Construct, { names, notify, notifyOf, bus }: NotifyRuleOptions): void {
  const asked = new Set(notifyOf);
  for (const of of asked) {
    if (of === 'failed') continue;
    if (!notify) throw new Error(`\`notifyOf\` has '${of}', and there is no topic: give \`notify\`, or remove \`notifyOf\`.`);
    if (!bus) throw new Error(`\`notifyOf\` has '${of}', and \`events: false\` turns off what it is made of: remove one of them.`);
    const { kind, detail } = selected[of];
    new Rule(scope, `Notify${of.charAt(0).toUpperCase()}${of.slice(1)}`, {
      description: `Tells people: ${detailTypes[kind]}`,
      ...(bus.bus ? { eventBus: bus.bus } : {}),
      eventPattern: { source: [eventSource], detailType: [detailTypes[kind]], detail: { service: [names.prefix], ...detail } },
      targets: [new SnsTopic(notify, { message: RuleTargetInput.fromEventPath('$.detail.text') })],
    });
  }
}
