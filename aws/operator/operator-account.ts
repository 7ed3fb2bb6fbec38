import { accountConcurrency } from './account-concurrency.ts';
import { callerArn } from './caller-identity.ts';
import type { OperatorPlace } from './operator-place.ts';
import { alarmsOf } from './service-alarms.ts';
import { type AskedActions, deniedOf, IamRefused, principalOf, roleArn } from './simulate-policy.ts';

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

  /**
   * Which of the actions the caller may not do, by a simulation of its policies; undefined if IAM cannot simulate a caller of this kind.
   *
   * @throws CredentialsRefused, IamRefused, NoAnswer
   */
  async denied(asked: readonly AskedActions[]): Promise<string[][] | undefined> {
    const principal = principalOf(await this.callerArn());
    if (!principal) return undefined;
    const caller = await this.#place.callerOf('IAM');
    const deniedTo = (arn: string): Promise<string[][]> => Promise.all(asked.map((each) => deniedOf(arn, each, caller)));
    try {
      return await deniedTo(principal.arn);
    } catch (error) {
      // The role has a path, as those of IAM Identity Center: then IAM does not know this ARN, or permits to simulate only the whole one.
      if (!(error instanceof IamRefused && /^(NoSuchEntity|AccessDenied)/.test(error.name) && principal.role !== undefined)) throw error;
      const whole = await roleArn(principal.role, caller);
      if (whole === principal.arn) throw error;
      return deniedTo(whole);
    }
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
