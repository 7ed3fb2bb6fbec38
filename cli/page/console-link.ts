const consoles: Record<string, string> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The link to an execution in the AWS console; undefined if no console shows it, as for a local AWS. */
export function consoleLink(arn: string): string | undefined {
  const [, partition = '', , region = '', account] = arn.split(':');
  const host = consoles[partition];
  if (!host || !/^[a-z]+(-[a-z]+)+-\d$/.test(region) || account === '000000000000') return undefined;
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${encodeURIComponent(arn)}`;
}
