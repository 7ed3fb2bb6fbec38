/** An error that an AWS API answers with: its name is what the SDKs throw. */
export class ApiError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
