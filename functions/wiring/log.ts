import { Logger } from '@aws-lambda-powertools/logger';

const logger = new Logger();

/** Writes one structured line per event: a verb with fields, never item data. */
export function log(event: string, fields: Record<string, unknown> = {}): void {
  logger.info(event, fields);
}
