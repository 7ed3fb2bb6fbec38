/*
 * What may be said of an error that a function of the team threw. Its message can hold item data, and so can its name and its stack, as
 * both can be assigned: the name is used if it is an identifier, and the stack to find a place in a file that is known.
 */

const maxStackLines = 100;
const maxLineLength = 1000;
const identifier = /^[A-Za-z_$][\w$]{0,39}$/;
const position = /:(\d{1,6}):\d{1,6}\)?$/;
const versionFile = /^v\d+[\w-]*\.[cm]?[jt]s$/;
const extension = /\.[cm]?[jt]s$/;

/** The class of a thrown error, such as `RangeError`, in a message. */
export function thrownName(error: unknown): string {
  const name = read(error, 'name');
  return name !== undefined && identifier.test(name) ? name : 'something that is no Error';
}

/**
 * Where in a transformation file an error arose, such as `Users/v3_split_name.ts:12`, from the frames of its stack.
 *
 * @param file the transformation file, `Users/v3_split_name.ts`; undefined to accept any that is named like one
 */
export function sourceLocation(error: unknown, file: string | undefined): string | undefined {
  // The message stands in the stack, and could look like a frame.
  const frames =
    read(error, 'stack')
      ?.replace(read(error, 'message') ?? '', '')
      .split('\n', maxStackLines) ?? [];
  for (const frame of frames) {
    const found = frame.length <= maxLineLength && frame.trimStart().startsWith('at ') ? position.exec(frame) : null;
    const path = found && versionFileIn(frame.slice(0, found.index));
    if (path && (file === undefined || withoutExtension(path) === withoutExtension(file))) return `${path}:${found[1]}`;
  }
  return undefined;
}

/** `Users/v3.ts` at the end of `at transformUp (/var/task/Users/v3.ts`. */
function versionFileIn(frame: string): string | undefined {
  const [name = '', folder = ''] = frame.split(/[/\\]/).reverse();
  const table = folder.slice(Math.max(folder.lastIndexOf(' '), folder.lastIndexOf('(')) + 1);
  return table !== '' && versionFile.test(name) ? `${table}/${name}` : undefined;
}

/** Without a source map, the frame names the bundled module. */
function withoutExtension(file: string): string {
  return file.replace(extension, '');
}

/** Reads a text. Reading can run code of the team, which can throw. */
function read(error: unknown, property: 'name' | 'message' | 'stack'): string | undefined {
  try {
    const value: unknown = error instanceof Error ? error[property] : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
