/** The part of stdout and stderr that the command uses. */
export type TextStream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> & { rows?: number };
