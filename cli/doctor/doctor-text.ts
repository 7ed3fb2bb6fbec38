import type { Output } from '../terminal/output.ts';
import type { Style } from '../terminal/terminal-text.ts';
import type { Check, DoctorDocument, Health } from './check.ts';

const signs: Record<Health, { sign: string; style: Style }> = {
  green: { sign: '✓', style: 'green' },
  yellow: { sign: '•', style: 'yellow' },
  red: { sign: '✗', style: 'red' },
  notKnown: { sign: '?', style: 'dim' },
};

/** The checks, one line each with the line that mends it, by tables. */
export function doctorText({ checks }: DoctorDocument, output: Pick<Output, 'styled'>): string[] {
  const tables = [...new Set(checks.map(({ table }) => table))];
  const count = (health: Health): number => checks.filter((check) => check.health === health).length;
  return [
    ...tables.flatMap((table) => [
      ...(table === undefined ? [] : ['', output.styled('bold', table)]),
      ...checks.filter((check) => check.table === table).flatMap((check) => linesOf(check, output)),
    ]),
    '',
    `${count('green')} good, ${count('yellow')} to look at, ${count('red')} to mend, ${count('notKnown')} not known`,
  ];
}

function linesOf({ name, health, message, mend }: Check, { styled }: Pick<Output, 'styled'>): string[] {
  const { sign, style } = signs[health];
  return [
    `${styled(style, sign)} ${name}: ${health === 'notKnown' ? 'not known: ' : ''}${message}`,
    ...(mend === undefined ? [] : [`    ${mend}`]),
  ];
}
