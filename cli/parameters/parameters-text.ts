import { maskedSecret } from '../../core/ledger/given.ts';
import { jsonText } from '../terminal/json-text.ts';

/** Values of parameters by name, as they may be shown: secrets are masked. */
export type ShownParameters = Readonly<Record<string, unknown>>;

/** A text shows that many characters of a value; `--json` has all of it. */
const maxValueLength = 100;

/** `days=30, prefix="APARTMENT#", token=(secret)` */
export function parametersInWords(parameters: ShownParameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${valueInWords(value)}`)
    .join(', ');
}

function valueInWords(value: unknown): string {
  if (value === maskedSecret) return maskedSecret;
  const text = jsonText(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text;
}
