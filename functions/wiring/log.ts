/** One structured line per event: a verb with fields, never item data. */
export const log = (event: string, fields: Record<string, unknown> = {}): void => {
  console.log(JSON.stringify({ event, ...fields }));
};
