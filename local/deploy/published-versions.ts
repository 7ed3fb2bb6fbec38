import type { Deployment } from './deployer.ts';

/** The deploys of a local AWS that publishes versions, as the construct does in AWS: each deploy stays, for the executions that began with it. */
export class PublishedVersions {
  readonly #deploy: () => Promise<Deployment>;
  readonly #kept = new Map<string, Deployment>();

  /** @param deploy of the files as they are now; the same deployment if they did not change */
  constructor(deploy: () => Promise<Deployment>) {
    this.#deploy = deploy;
  }

  /** The number of the present deploy. */
  get current(): string {
    return String(this.#kept.size);
  }

  /** The number that the next deploy gets. */
  get next(): string {
    return String(this.#kept.size + 1);
  }

  /** Deploys the files if they changed, and returns the present deploy. */
  async deploy(): Promise<Deployment> {
    const deployment = await this.#deploy();
    if (this.get(this.current) !== deployment) {
      deployment.use();
      this.#kept.set(this.next, deployment);
    }
    return deployment;
  }

  /** The present deploy, or that with a number; undefined if there is none. */
  get(version = this.current): Deployment | undefined {
    return this.#kept.get(version);
  }
}
