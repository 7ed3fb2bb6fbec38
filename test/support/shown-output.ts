/** Output of a command as a page of the documentation shows it: what varies from one run to the next has a name in its place. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\b\d{8}T\d{6,9}Z-[0-9a-f]{6}\b/g, '<run>'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, '<moment>'],
  [/\b\d+:[0-9a-f]{8}\b/g, '<checksum>'],
  [/\b\d+h \d+m\b|\b\d+m \d+s\b|\b\d+(\.\d)?s\b/g, '<duration>'],
  [/\b[\d,]+\/s\b/g, '<rate>'],
  [/\btable \S+ ·/g, 'table <name> ·'],
  [/\buser:[\w.@+-]+/g, 'user:<name>'],
];

/** What a page says that commands print, in its order. */
export function outputsIn(page: string): { command: string; shows: string }[] {
  return [...page.matchAll(/^( *)```text\n(.*?)^ *```/gms)].flatMap(([, indent = '', block = '']) =>
    [...block.replaceAll(new RegExp(`^${indent}`, 'gm'), '').matchAll(/^\$ npx dynamodt (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
      ([, command = '', shows = '']) => ({ command, shows }),
    ),
  );
}

/** The lines of an output, each without what varies. Columns are as wide as what is in them, so any number of spaces is one. */
export function withoutVarying(output: string): string[] {
  return output
    .split('\n')
    .map((line) =>
      varying
        .reduce((text, [pattern, name]) => text.replace(pattern, name), line)
        .replace(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '');
}

/** The output without the lines for which the page has a line `…`: equal to the shown one if the page is right. */
export function asShown(output: string, shown: string): string[] {
  const [lines, wanted] = [withoutVarying(output), withoutVarying(shown)];
  const found: string[] = [];
  let at = 0;
  for (const [index, line] of wanted.entries()) {
    if (line !== '…') {
      found.push(lines[at] ?? '(no more output)');
      at++;
      continue;
    }
    found.push('…');
    const next = wanted[index + 1];
    const end = next === undefined ? lines.length : lines.indexOf(next, at);
    at = end === -1 ? at : end;
  }
  return [...found, ...lines.slice(at)];
}
