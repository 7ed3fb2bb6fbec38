/** The account id of all local resources. */
export const account = '000000000000';

/** The ARNs and names of one local AWS: the same as those of the construct in AWS, except for region and account. */
export interface Names {
  prefix: string;
  region: string;
  functionArn(name: string): string;
  /** The function that a request identifies by ARN, partial ARN or name, with or without a version or `:$LATEST`. */
  functionNamed(text: string): { name: string; version: string | undefined } | undefined;
  stateMachineArn(name: string): string;
  executionArn(machine: string, name: string): string;
  mapRunArn(machine: string, id: string): string;
  /** ARN of the role for the lookups of transformations. */
  readerRoleArn: string;
  keyArn: string;
  keyAlias: string;
  ledger: string;
  bucket: string;
}

/** Names for a prefix such as `dynamodt`, in a region. */
export function namesOf(prefix: string, region: string): Names {
  const states = `arn:aws:states:${region}:${account}`;
  const functions = `arn:aws:lambda:${region}:${account}:function:`;
  return {
    prefix,
    region,
    functionArn: (name) => `${functions}${prefix}-${name}`,
    functionNamed: (text) => {
      const full = [functions, `${account}:function:`, 'function:'].reduce((rest, start) => rest.replace(start, ''), text);
      const [, name, version] = /^([\w-]+)(?::(?:\$LATEST|(\d+)))?$/.exec(full) ?? [];
      return name?.startsWith(`${prefix}-`) ? { name: name.slice(prefix.length + 1), version } : undefined;
    },
    stateMachineArn: (name) => `${states}:stateMachine:${prefix}-${name}`,
    executionArn: (machine, name) => `${states}:execution:${machine}:${name}`,
    mapRunArn: (machine, id) => `${states}:mapRun:${machine}:${id}`,
    readerRoleArn: `arn:aws:iam::${account}:role/${prefix}-reader`,
    keyArn: `arn:aws:kms:${region}:${account}:key/${prefix}-local`,
    keyAlias: `alias/${prefix}`,
    ledger: `${prefix}-ledger`,
    bucket: `${prefix}-preparations`,
  };
}

/** `StartRun` → `start-run`: converts the name of a state to that of its function or file. */
export function kebabCase(pascalCase: string): string {
  return pascalCase.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase();
}
