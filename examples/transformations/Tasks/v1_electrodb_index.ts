import { defineTransformation } from 'dynamodt';

/** A task as ElectroDB writes it: service "tracker", entity "task", version 1. Only what this version needs is named. */
interface TaskItem {
  pk: string;
  sk: string;
  __edb_e__?: string;
  __edb_v__?: string;
  assignee?: string;
  due?: string;
}

/**
 * An ORM's schema: the entity gets an index "byAssignee", and its items the keys of that index, as ElectroDB composes them. The function copies the raw
 * item and adds to it. What ElectroDB parses or formats has only the attributes of its schema: the version would lose all others.
 */
export default defineTransformation<TaskItem>()({
  sequence: 1,
  adds: ['gsi1pk', 'gsi1sk'],
  transformUp(item) {
    if (item.__edb_e__ !== 'task' || item.__edb_v__ !== '1') return;
    if (item.assignee === undefined || item.due === undefined) return;
    return { ...item, ...keysOf(item.assignee, item.due) };
  },
});

/** With ElectroDB in the project: `createConversions(Task).byAccessPattern.byAssignee.fromComposite.toKeys({ assignee, due, … })`. */
function keysOf(assignee: string, due: string): { gsi1pk: string; gsi1sk: string } {
  return { gsi1pk: `$tracker#assignee_${assignee}`.toLowerCase(), gsi1sk: `$task_1#due_${due}`.toLowerCase() };
}
