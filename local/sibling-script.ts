/**
 * A script that runs as a process of its own: the source beside a source, and the build beside the build.
 *
 * @param url of the calling module: `import.meta.url`
 */
export function siblingScript(name: string, url: string): URL {
  return new URL(`${name}.${url.endsWith('.ts') ? 'ts' : 'js'}`, url);
}
