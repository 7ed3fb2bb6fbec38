/** The namespace of the metrics that the functions write into their logs; `functions/wiring/metrics.ts` gets it from the environment. */
export const metricNamespace = 'dynamodt';
