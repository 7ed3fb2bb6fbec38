const installCommands: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'sudo apt-get install -y openjdk-17-jre-headless',
  darwin: 'brew install --cask temurin@17',
  win32: 'winget install EclipseAdoptium.Temurin.17.JRE',
};

/** Thrown if no Java for DynamoDB Local was found, and none could be downloaded. */
export class JavaMissing extends Error {
  override readonly name = 'JavaMissing';
  constructor(cause: unknown, platform: NodeJS.Platform = process.platform) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const command = installCommands[platform] ?? installCommands.linux;
    super(
      `DynamoDB Local needs Java 17 or newer and none was found or could be downloaded (${reason}): install it with \`${command}\`, or set JAVA_HOME.`,
      { cause },
    );
  }
}
