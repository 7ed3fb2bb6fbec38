/** A logical id as people read it: without the construct's id and the hash of the CDK. */
export function resourceName(id: string): string {
  return id.replace(/^Dynamodt(?=.)/, '').replace(/(?<=.)[0-9A-F]{8}(?:[0-9a-f]{32})?$/, '');
}

/** `Lambda::Function` */
export function typeName(type: string): string {
  return type.replace(/^AWS::/, '');
}
