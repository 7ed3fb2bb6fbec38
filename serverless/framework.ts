/** The part of the Serverless Framework that the plugin uses: version 3, and its maintained fork osls. */
export interface Framework {
  readonly serviceDir: string;
  readonly service: {
    readonly service: string | null;
    readonly custom?: Readonly<Record<string, unknown>> | undefined;
    readonly resources?: unknown;
  };
  /** The framework's error class. It shows the message without a stack. */
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly configSchemaHandler: { defineCustomProperties(schema: object): void };
  getProvider(name: 'aws'): Provider;
}

export interface Provider {
  getRegion(): string;
  getStage(): string;
  /** The profile of the AWS configuration files, if one is set. */
  getProfile?(): string | null | undefined;
  /** Resolves profile, single sign-on, MFA and variables of the stage; only osls 4 has it. */
  getAwsSdkV3CredentialsProvider?(): CredentialsProvider;
}

export type CredentialsProvider = () => Promise<Credentials>;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Third argument of a plugin's constructor. */
export interface PluginWriters {
  readonly log: { notice(text: string): void };
}

/** A command that a plugin adds, with its subcommands. */
export interface CommandDefinition {
  readonly usage: string;
  readonly lifecycleEvents?: readonly string[];
  readonly commands?: Readonly<Record<string, CommandDefinition>>;
  readonly options?: Readonly<Record<string, object>>;
}

/** Options of the command line, by name. */
export type CommandOptions = Readonly<Record<string, unknown>>;
