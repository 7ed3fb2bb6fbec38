/** An error answer of an AWS API; SDKs throw an error of the same name. */
export class ApiError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
