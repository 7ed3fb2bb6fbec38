import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, the longest first. A wrong order only makes the whole suite slower. */
export const longest = [
  'engine/many-segments',
  'engine/live-writes',
  'engine/preparation',
  'local-aws/main',
  'cli/plan',
  'engine/replaced-table',
  'cli/plan-surroundings',
  'engine/late-requests',
  'package/package',
  'cli/operate',
  'engine/crashes',
  'cli/process',
  'cli/command',
  'package/serverless',
  'engine/redrive',
  'cli/versions',
  'model/other-items.isolated',
  'model/model',
  'model/follow',
  'model/only',
  'unit/core/segment/pacing/budget-holds',
  'unit/core/segment/pacing/hot-partition',
  'unit/aws/alarm-state',
  'unit/infra/written-template',
  'unit/infra/bad-input',
  'unit/infra/enterprises',
  'unit/infra/limits',
  'unit/cli/plan-threads',
  'unit/infra/triggers',
];

/** Begins with the longest files, so that no worker is left alone with one at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    return others.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = longest.findIndex((file) => moduleId.endsWith(`test/${file}.test.ts`));
  return place === -1 ? longest.length : place;
}
