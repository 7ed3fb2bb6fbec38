import type { PlannedChange } from '../../aws/deploy/planned-change.ts';
import type { Output } from '../terminal/output.ts';
import type { Style } from '../terminal/terminal-text.ts';
import { wrapped } from '../terminal/wrapped.ts';
import type { PermissionChange } from './permission-changes.ts';
import { resourceName, typeName } from './resource-name.ts';

/** Actions in the order in which they are shown, with the sign of each and its word in the summary. */
const actions: Record<PlannedChange['action'], { sign: string; word: string; style: Style }> = {
  remove: { sign: '-', word: 'to remove', style: 'red' },
  replace: { sign: '!', word: 'to replace', style: 'red' },
  change: { sign: '~', word: 'to change', style: 'yellow' },
  add: { sign: '+', word: 'to add', style: 'green' },
  import: { sign: '>', word: 'to take in', style: 'green' },
  leave: { sign: ' ', word: 'to keep outside of the stack', style: 'dim' },
};

/** More permissions than these are only counted: `--json` has all. */
const maxPermissions = 60;

/** `2 to add, 13 to change, 1 to remove` */
export function changesSummary(changes: readonly PlannedChange[]): string {
  const counts = Object.entries(actions).flatMap(([action, { word }]) => {
    const count = changes.filter((change) => change.action === action).length;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return counts.join(', ') || 'no changes';
}

/**
 * What a deploy does, a line for each resource. Resources of one type to which the same happens share a line; what is removed, replaced or taken in never does.
 *
 * @param permissions shown below; none for a stack that does not exist yet, whose statements are all new
 */
export function changesText(
  changes: readonly PlannedChange[],
  permissions: readonly PermissionChange[],
  { styled }: Pick<Output, 'styled'>,
): string[] {
  const lines = Object.entries(actions).flatMap(([action, { sign, style }]) =>
    rowsOf(changes.filter((change) => change.action === action)).map((row) =>
      styled(style, row.startsWith('  ') ? `  ${row}` : `${sign} ${row}`),
    ),
  );
  return [...lines, ...permissionLines(permissions, styled)];
}

function rowsOf(changes: readonly PlannedChange[]): string[] {
  const groups = new Map<string, PlannedChange[]>();
  for (const change of changes) {
    const alone = ['remove', 'replace', 'import'].includes(change.action) ? change.id : '';
    const key = [change.type, change.properties.join(), change.isPermission, change.isCertain, alone].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const subject = group.length > 1 ? `${group.length} ${typeName(first.type)}` : `${typeName(first.type)} ${resourceName(first.id)}`;
    return wrapped([subject, ...noteOf(first)].join('  '), '  ', 78);
  });
}

function noteOf({ action, properties, isCertain, isPermission }: PlannedChange): string[] {
  const names = properties.join(', ');
  const marks = isPermission ? ['[permissions]'] : [];
  switch (action) {
    case 'replace':
      return [`${isCertain ? 'is replaced' : 'may be replaced'}${names ? ` because of ${names}` : ''}`, ...marks];
    case 'remove':
      return ['is deleted', ...marks];
    case 'leave':
      return ['kept', ...marks];
    case 'change':
      return [isCertain ? names : `${names}, if what that refers to changes`, ...marks].filter(Boolean);
    default:
      return marks;
  }
}

function permissionLines(changes: readonly PermissionChange[], styled: Output['styled']): string[] {
  const all = changes.flatMap(({ id, added, removed }) => [
    ...removed.map((permission) => ({ id, permission, sign: '-', style: 'red' }) as const),
    ...added.map((permission) => ({ id, permission, sign: '+', style: 'green' }) as const),
  ]);
  if (all.length === 0) return [];
  const shown = all.slice(0, maxPermissions);
  const lines = shown.flatMap(({ id, permission, sign, style }, index) => [
    ...(shown[index - 1]?.id === id ? [] : [`  ${resourceName(id)}`]),
    ...wrapped(permission, '      ', 72).map((line, row) => styled(style, row === 0 ? `    ${sign} ${line}` : line)),
  ]);
  const more = all.length - shown.length;
  return ['', 'Permissions:', ...lines, ...(more > 0 ? [`  and ${more} more: --json has all`] : [])];
}
