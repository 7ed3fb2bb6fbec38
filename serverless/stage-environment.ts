import type { Provider } from './framework.ts';

/** Variables that would take precedence over the given credentials. */
const credentialVariables = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/**
 * The environment that gives the command the framework's region and credentials: those that the framework resolved, or, if it does not
 * expose them, the same profile.
 */
export async function stageEnvironment(provider: Provider, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const region = provider.getRegion();
  const others = Object.fromEntries(Object.entries(env).filter(([name]) => !credentialVariables.includes(name)));
  const regional = { AWS_REGION: region, AWS_DEFAULT_REGION: region };
  const resolve = provider.getAwsSdkV3CredentialsProvider?.();
  if (resolve) {
    const { accessKeyId, secretAccessKey, sessionToken } = await resolve();
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    return { ...others, ...regional, ...keys, ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}) };
  }
  const profile = provider.getProfile?.();
  return profile ? { ...others, ...regional, AWS_PROFILE: profile } : { ...env, ...regional };
}
