import { Entity } from 'electrodb';
import { describe, expect, it } from 'vitest';
import { check } from '../../../../core/change/check-transformation.ts';
import { before, keys } from '../../../../examples/transformations/Tasks/fixtures.ts';
import addIndex from '../../../../examples/transformations/Tasks/v1_electrodb_index.ts';

/** The entity of the example, with its new index. */
const Task = new Entity(
  {
    model: { service: 'tracker', entity: 'task', version: '1' },
    attributes: {
      project: { type: 'string', required: true },
      id: { type: 'string', required: true },
      title: { type: 'string' },
      assignee: { type: 'string' },
      due: { type: 'string' },
    },
    indexes: {
      tasks: { pk: { field: 'pk', composite: ['project'] }, sk: { field: 'sk', composite: ['id'] } },
      byAssignee: { index: 'gsi1', pk: { field: 'gsi1pk', composite: ['assignee'] }, sk: { field: 'gsi1sk', composite: ['due'] } },
    },
  },
  { table: 'tracker' },
);

/** What ElectroDB reads of items, and what it would write to put them. */
function throughElectro(items: readonly object[]) {
  return Task.parse({ Items: [...items] }).data.map((task) => Task.put(task).params()['Item']);
}

describe('the example for items of ElectroDB', () => {
  it('makes of each item what ElectroDB itself would write with the new index, and keeps what the schema does not name', async () => {
    const checked = await check(addIndex, before, { keys });
    const changed = checked.filter(({ outcome }) => outcome === 'changed').flatMap(({ after }) => after);

    expect(changed).toHaveLength(2);
    const [first, second] = throughElectro(changed);
    expect(changed).toEqual([{ ...first, legacyNumber: 11 }, second]);
  });

  it('leaves the items of other entities, and those that ElectroDB gives no keys of the index', async () => {
    const checked = await check(addIndex, before, { keys });

    const unchanged = checked.filter(({ outcome }) => outcome === 'unchanged').map((one) => one.before);
    expect(unchanged.map(({ __edb_e__ }) => __edb_e__)).toEqual(['project', 'task']);
    expect(throughElectro(unchanged.slice(1))).toEqual(unchanged.slice(1));
  });
});
