/**
 * Settings of the event source mapping of a followed table, in AWS and locally. docs/decisions/076-event-source-mapping.md says why these.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
export const mappingSettings = {
  /** With LATEST, Lambda may miss records while a mapping is created or updated. Older records change nothing, or are brought up. */
  startingPosition: 'TRIM_HORIZON',
  /** Records in one invocation: four requests of 25 items. */
  batchSize: 100,
  /** Seconds for which Lambda collects records before it calls the function. An item is brought up later by up to this time. */
  maximumBatchingWindowInSeconds: 1,
  parallelizationFactor: 1,
  functionResponseTypes: ['ReportBatchItemFailures'],
  bisectBatchOnFunctionError: true,
  maximumRetryAttempts: -1,
  /** DynamoDB deletes a record after 24 hours and tells nobody. An hour before, Lambda gives it up, and tells the queue. */
  maximumRecordAgeInSeconds: 23 * 3600,
};
