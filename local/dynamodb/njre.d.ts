/** njre has no types of its own. */
declare module 'njre' {
  /** Downloads a JRE and unpacks it into the folder `jre` beside `installPath`. */
  export default function install(version: number, options: { installPath: string }): Promise<string>;
}
