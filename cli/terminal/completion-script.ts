import type { Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What a shell completes after a verb. */
export interface CompletedVerb {
  name: string;
  summary: string;
  /** Words for the argument of the verb; undefined if it is a table. */
  words?: readonly string[];
  flags: readonly CompletedFlag[];
}

interface CompletedFlag {
  /** `--to` */
  long: string;
  description: string;
  takesValue: boolean;
}

/** The visible verbs and flags of a program. @param words for the arguments of verbs that are about no table, by the verb */
export function completedVerbs(program: Command, words: Readonly<Record<string, readonly string[]>>): CompletedVerb[] {
  const shared = program.options.filter(({ long }) => long !== '--version');
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    ...(Object.hasOwn(words, command.name()) ? { words: words[command.name()] ?? [] } : {}),
    flags: [...command.options, ...shared].filter(({ hidden }) => !hidden).flatMap(completedFlag),
  }));
}

function completedFlag({ long, description, required, optional }: Option): CompletedFlag[] {
  return long ? [{ long, description, takesValue: required || optional }] : [];
}

/**
 * A script that a shell evaluates. It completes verbs, flags, and the tables that have a folder under `transformations`; after a flag with a
 * value, files. It starts no process but `ls`, so it answers at once.
 */
export function completionScript(shell: Shell, verbs: readonly CompletedVerb[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](verbs);
}

const listTables = 'command ls -1 transformations 2>/dev/null';

function bashScript(verbs: readonly CompletedVerb[]): string {
  const names = lines([...verbs.map(({ name }) => name), 'help']);
  const cases = verbs.map(
    ({ name, words, flags }) =>
      `    ${name}) flags=${lines(flags.map(({ long }) => long))}; valued='${valuedFlags(flags).join(' ')}'; words=${words ? lines(words) : `"$(${listTables})"`} ;;`,
  );
  // Bash would expand the words of `compgen -W` again, and so execute the name of a folder: a loop takes them as they are.
  return `# dynamodt completion for bash: eval "$(npx dynamodt completion bash)"
_dynamodt_offer() {
  local word escaped
  while IFS= read -r word; do
    printf -v escaped %q "$word"
    [[ -n $word && ( $word == "$1"* || $escaped == "$1"* ) ]] && COMPREPLY+=("$escaped")
  done
}
_dynamodt() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}" flags valued words
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _dynamodt_offer "$cur" <<< ${names}
    return
  fi
  case "$verb" in
${cases.join('\n')}
    help) words=${names} ;;
    *) return ;;
  esac
  case " $valued " in *" $prev "*) _dynamodt_offer "" <<< "$(compgen -f -- "$cur")"; return ;; esac
  case "$cur" in
    -*) _dynamodt_offer "$cur" <<< "$flags" ;;
    *) _dynamodt_offer "$cur" <<< "$words" ;;
  esac
}
complete -F _dynamodt dynamodt
`;
}

/** A text of bash with a word in each line. */
function lines(words: readonly string[]): string {
  return `$'${words.join('\\n')}'`;
}

function zshScript(verbs: readonly CompletedVerb[]): string {
  const cases = verbs.map(({ name, words, flags }) =>
    [
      `    ${name}) _arguments ${flags.map((flag) => `${quoted(zshFlag(flag))}`).join(' ')} ${quoted(words ? `1:argument:(${words.join(' ')})` : '1:table:_dynamodt_tables')} ;;`,
    ].join(''),
  );
  return `# dynamodt completion for zsh: eval "$(npx dynamodt completion zsh)" after compinit
_dynamodt_tables() { local -a tables; tables=(\${(f)"$(${listTables})"}); compadd -a tables }
_dynamodt() {
  local -a verbs
  verbs=(${verbs.map(({ name, summary }) => quoted(`${name}:${summary.replace(/[\\:]/g, '\\$&')}`)).join(' ')} ${quoted('help:print help of a verb')})
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  case "$verb" in
${cases.join('\n')}
    help) _describe verb verbs ;;
  esac
}
compdef _dynamodt dynamodt
`;
}

function zshFlag({ long, description, takesValue }: CompletedFlag): string {
  return `${long}[${description.replace(/[[\]\\:]/g, '\\$&')}]${takesValue ? ':value:_files' : ''}`;
}

function fishScript(verbs: readonly CompletedVerb[]): string {
  const names = verbs.map(({ name }) => name).join(' ');
  return [
    '# dynamodt completion for fish: npx dynamodt completion fish | source',
    'complete -c dynamodt -f',
    ...verbs.map(({ name, summary }) => `complete -c dynamodt -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`),
    `complete -c dynamodt -n __fish_use_subcommand -a help -d ${fishQuoted('print help of a verb')}`,
    `complete -c dynamodt -n '__fish_seen_subcommand_from help' -a '${names}'`,
    ...verbs.flatMap(({ name, words, flags }) => {
      const after = `complete -c dynamodt -n '__fish_seen_subcommand_from ${name}'`;
      return [
        `${after} -a ${fishQuoted(words ? words.join(' ') : `(${listTables})`)}`,
        ...flags.map(
          ({ long, description, takesValue }) => `${after} -l ${long.slice(2)} -d ${fishQuoted(description)}${takesValue ? ' -r -F' : ''}`,
        ),
      ];
    }),
    '',
  ].join('\n');
}

function valuedFlags(flags: readonly CompletedFlag[]): string[] {
  return flags.filter(({ takesValue }) => takesValue).map(({ long }) => long);
}

/** In the single quotes of zsh, between which nothing has a meaning of its own. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In the single quotes of fish, between which a backslash escapes. */
function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
