import { accountConcurrency } from './account-concurrency.ts';
import { callerArn } from './caller-identity.ts';
import type { OperatorPlace } from './operator-place.ts';
import { alarmsOf } from './service-alarms.ts';

/** What the operator's account says of itself. */
export class OperatorAccount {
  readonly #place: OperatorPlace;

  constructor(place: OperatorPlace) {
    this.#place = place;
  }

  /** The ARN of whoever calls. @throws CredentialsRefused, NoAnswer: when STS does not answer */
  async callerArn(): Promise<string> {
    return callerArn(await this.#place.callerOf('STS'));
  }

  /** Max executions of Lambda at a time. @throws Error: when Lambda refuses, or does not answer */
  async concurrency(): Promise<number> {
    return accountConcurrency(await this.#place.callerOf('LAMBDA'));
  }

  /** The alarms whose names begin so, and whether they tell somebody. @throws Error: when CloudWatch refuses, or does not answer */
  async alarms(prefix: string): Promise<{ name: string; hasAction: boolean }[]> {
    return alarmsOf(prefix, await this.#place.callerOf('CLOUDWATCH'));
  }
}
