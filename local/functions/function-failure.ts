/** Thrown if a function ended without a result. Step Functions matches `name`, and shows the payload as the cause. */
export class FunctionFailure extends Error {
  constructor(errorType: string, errorMessage: string, trace?: string[]) {
    super(JSON.stringify({ errorType, errorMessage, ...(trace && { trace }) }));
    this.name = errorType;
  }
}
