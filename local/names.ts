/** Every local resource belongs to this account. */
export const account = '000000000000';

/** The ARNs and names of one local AWS: the same as the construct gives in AWS, but for region and account. */
export interface Names {
  prefix: string;
  region: string;
  functionArn(name: string): string;
  stateMachineArn(name: string): string;
  executionArn(machine: string, name: string): string;
  mapRunArn(machine: string, id: string): string;
  keyArn: string;
  keyAlias: string;
  ledger: string;
  bucket: string;
}

/** Names for a prefix such as `dynamodt`, in a region. */
export const namesOf = (prefix: string, region: string): Names => {
  const states = `arn:aws:states:${region}:${account}`;
  return {
    prefix,
    region,
    functionArn: (name) => `arn:aws:lambda:${region}:${account}:function:${prefix}-${name}`,
    stateMachineArn: (name) => `${states}:stateMachine:${prefix}-${name}`,
    executionArn: (machine, name) => `${states}:execution:${machine}:${name}`,
    mapRunArn: (machine, id) => `${states}:mapRun:${machine}:${id}`,
    keyArn: `arn:aws:kms:${region}:${account}:key/${prefix}-local`,
    keyAlias: `alias/${prefix}`,
    ledger: `${prefix}-ledger`,
    bucket: `${prefix}-preparations`,
  };
};

/** `StartRun` → `start-run`: a state's name to the name of its function or file. */
export const kebabCase = (pascalCase: string): string => pascalCase.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase();
