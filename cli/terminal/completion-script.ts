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
  const cases = verbs.map(
    ({ name, words, flags }) =>
      `    ${name}) flags='${flags.map(({ long }) => long).join(' ')}'; valued='${valuedFlags(flags).join(' ')}'; words=${words ? `'${words.join(' ')}'` : `"$(${listTables})"`} ;;`,
  );
  return `# dynamodt completion for bash: eval "$(npx dynamodt completion bash)"
_dynamodt() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}" flags valued words
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${verbs.map(({ name }) => name).join(' ')} help' -- "$cur"))
    return
  fi
  case "$verb" in
${cases.join('\n')}
    help) words='${verbs.map(({ name }) => name).join(' ')}' ;;
    *) return ;;
  esac
  case " $valued " in *" $prev "*) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
  esac
}
complete -F _dynamodt dynamodt
`;
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
  verbs=(${verbs.map(({ name, summary }) => quoted(`${name}:${summary.replaceAll(':', '\\:')}`)).join(' ')} ${quoted('help:print help of a verb')})
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
    ...verbs.map(({ name, summary }) => `complete -c dynamodt -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`),
    `complete -c dynamodt -n __fish_use_subcommand -a help -d ${quoted('print help of a verb')}`,
    `complete -c dynamodt -n '__fish_seen_subcommand_from help' -a '${names}'`,
    ...verbs.flatMap(({ name, words, flags }) => {
      const after = `complete -c dynamodt -n '__fish_seen_subcommand_from ${name}'`;
      return [
        `${after} -a ${quoted(words ? words.join(' ') : `(${listTables})`)}`,
        ...flags.map(
          ({ long, description, takesValue }) => `${after} -l ${long.slice(2)} -d ${quoted(description)}${takesValue ? ' -r -F' : ''}`,
        ),
      ];
    }),
    '',
  ].join('\n');
}

function valuedFlags(flags: readonly CompletedFlag[]): string[] {
  return flags.filter(({ takesValue }) => takesValue).map(({ long }) => long);
}

/** In single quotes, which every one of the shells takes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
