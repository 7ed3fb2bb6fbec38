import { log } from './log.ts';

const maxEventLength = 200;
/** Of the fields as JSON: a line that is longer is rather an item than a figure. */
const maxFieldsLength = 1000;

/** `context.log` of the team's functions: a structured line of limited size. */
export function teamLog(event: string, fields: Record<string, unknown> = {}): void {
  const text = textOf(fields);
  const name = String(event).slice(0, maxEventLength);
  if (text !== undefined && text.length <= maxFieldsLength) log(name, fields);
  else
    log(name, {
      fieldsLeftOut: text === undefined ? 'they are no JSON' : `they have ${text.length} characters; the maximum is ${maxFieldsLength}`,
    });
}

function textOf(fields: Record<string, unknown>): string | undefined {
  try {
    return JSON.stringify(fields);
  } catch {
    return undefined;
  }
}
