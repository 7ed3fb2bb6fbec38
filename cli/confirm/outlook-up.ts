import { countOf } from '../../core/count-of.ts';
import { items, rangeInTable } from '../../core/plan/number-text.ts';
import type { PendingVersion, PlanEstimate, TablePlan } from '../../core/plan/table-plan.ts';
import type { WayBack } from '../../core/plan/try-way-back.ts';
import { duration, versions as versionsInWords } from '../terminal/in-words.ts';
import type { Outlook } from './outlook.ts';

/** A cost above which a person is asked, in units of the currency of the prices. */
export interface AskAbove {
  amount: number;
  /** A person has given it, and is also asked if the cost is not known. */
  isAsked: boolean;
}

export const defaultAskAbove: AskAbove = { amount: 10, isAsked: false };

type Version = Pick<PendingVersion, 'sequence' | 'declared' | 'journaled' | 'deployed' | 'notTried' | 'seeds'> & {
  trial: { counters: { scanned: number; changed: number }; estimated: { scanned: number }; wayBack: Pick<WayBack, 'by'> } | null;
};
type Estimate = Pick<PlanEstimate, 'cost'> & { [Budget in 'asked' | 'byDefault']?: { seconds: number } | null };
type Planned = Pick<TablePlan, 'table' | 'problems' | 'size'> & { versions: readonly Version[]; estimate: Estimate | null };

/**
 * What a run up would do, by a plan of the files here.
 *
 * @param maxCost the cost at which the run pauses itself; undefined for no limit
 */
export function outlookUp(plan: Planned, askAbove: AskAbove, maxCost?: number): Outlook {
  const { table, versions } = plan;
  return {
    title: `${table} up ${versionsInWords(versions.map(({ sequence }) => sequence))}`,
    what: versions.map((version) => `v${version.sequence} ${doesInWords(version)}`).join('; '),
    howMany: howMany(plan),
    takes: takesInWords(plan.estimate),
    wayBack: versions.map((version) => `v${version.sequence} ${wayBackInWords(version)}`).join('; '),
    reasons: [
      ...versions.flatMap(reasonsOf),
      ...costReasons(plan.estimate, askAbove, maxCost),
      ...(plan.problems.length > 0
        ? [`\`dynamodt plan ${table}\` finds ${plan.problems.length === 1 ? 'a problem' : countOf(plan.problems.length, 'problem')}`]
        : []),
    ],
  };
}

/** Of a version whose file here is not the deployed one, what the plan says is about other code. */
function isKnown({ deployed, notTried, declared }: Version): boolean {
  return deployed === 'same' && declared !== undefined && notTried === undefined;
}

function reasonsOf(version: Version): string[] {
  const { sequence, declared, deployed } = version;
  if (deployed !== 'same') return [`v${sequence} runs deployed code that is not here`];
  if (!isKnown(version)) return [`v${sequence} was not tried`];
  return [
    ...(declared && declared.removes.length > 0 ? [`v${sequence} removes attributes`] : []),
    ...(declared?.deletes ? [`v${sequence} deletes items`] : []),
    ...(hasExactWayBack(version) ? [] : [`v${sequence} has no exact way back`]),
  ];
}

/** What only adds is removed again; all else goes back exactly only by its journal. */
function hasExactWayBack({ trial, journaled }: Version): boolean {
  return journaled === true || trial?.wayBack.by === 'derived';
}

function costReasons(estimate: Estimate | null, { amount, isAsked }: AskAbove, maxCost: number | undefined): string[] {
  const cost = costOf(estimate);
  const currency = estimate?.cost.currency ?? '';
  if (cost === undefined) return isAsked ? ['its cost is not known here; `--prices` gives the prices of your region'] : [];
  return [
    ...(cost > amount ? [`it costs more than ${amount} ${currency}`.trimEnd()] : []),
    ...(maxCost !== undefined && cost > maxCost ? [`it will pause itself at ${maxCost} ${currency}, before its end`.trimEnd()] : []),
  ];
}

/** The cost on demand with what the run itself costs; undefined if it is not known. */
function costOf(estimate: Estimate | null): number | undefined {
  if (!estimate || estimate.cost.onDemand === null) return undefined;
  const { onDemand, lambda, stepFunctions, rest } = estimate.cost;
  return onDemand + (lambda ?? 0) + (stepFunctions ?? 0) + (rest ?? 0);
}

function doesInWords(version: Version): string {
  const { declared, deployed, seeds } = version;
  if (deployed !== 'same' || !declared) return 'is not known here';
  const parts = [
    ...named('adds', declared.adds),
    ...named('overwrites', declared.overwrites),
    ...named('removes', declared.removes),
    ...(declared.inserts || seeds > 0 ? ['inserts items'] : []),
    ...(declared.deletes ? ['deletes items'] : []),
    ...(declared.writes && declared.writes.length > 0 ? [`writes to ${declared.writes.join(', ')}`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : 'declares nothing';
}

const maxNames = 4;

function named(verb: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return [`${verb} ${names.slice(0, maxNames).join(', ')}${more}`];
}

function howMany({ versions, size }: Planned): string {
  const tried = versions.filter((version) => version.trial && isKnown(version));
  if (tried.length === 0) return 'not known';
  const of = size?.items === undefined ? '' : ` of ${items(size.items)}`;
  const each = tried.flatMap(({ sequence, trial }) =>
    trial ? [`${rangeInTable(trial.counters.changed, trial)}${tried.length > 1 ? ` (v${sequence})` : ''}`] : [],
  );
  return `changes ${each.join(', ')}${of}`;
}

function takesInWords(estimate: Estimate | null): string {
  if (!estimate) return 'not known';
  const made = estimate.asked ?? estimate.byDefault;
  const cost = costOf(estimate);
  const time = made ? `about ${duration(made.seconds * 1000)}` : 'time not known';
  if (cost === undefined) return `${time}; cost not known`;
  const { currency, region } = estimate.cost;
  return `${time}, and ${cost < 0.005 ? 'less than 0.01' : `about ${cost.toFixed(2)}`} ${currency} (on demand, ${region})`;
}

function wayBackInWords(version: Version): string {
  const { trial, deployed, journaled } = version;
  if (deployed !== 'same' || !trial) return 'is not known here';
  const { by } = trial.wayBack;
  if (by === 'derived') return 'removes what it added';
  if (by === 'none') return journaled ? 'by its journal' : 'has none';
  return `by its transformDown${journaled ? ', or exactly by its journal' : ''}`;
}
