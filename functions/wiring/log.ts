import { Logger } from '@aws-lambda-powertools/logger';

const logger = new Logger();

/** One structured line per event: a verb with fields, never item data. */
export function log(event: string, fields: Record<string, unknown> = {}): void {
  logger.info(event, fields);
}
