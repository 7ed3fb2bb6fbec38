import { randomUUID } from 'node:crypto';

/** Thrown if Lambda did not run a function: an error of its API, such as TooManyRequestsException, not of the function. */
export class InvocationRefused extends Error {
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }

  /** The message, with the details that Step Functions adds. */
  serviceMessage(): string {
    return `${this.message} (Service: Lambda, Status Code: ${this.status}, Request ID: ${randomUUID()})`;
  }
}
