declare module 'asl-validator' {
  const validate: (
    definition: object,
    options?: { checkArn?: boolean; checkPaths?: boolean },
  ) => { isValid: boolean; errorsText(separator?: string): string };
  export default validate;
}
