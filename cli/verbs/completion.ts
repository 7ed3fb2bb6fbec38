import type { Command } from 'commander';
import { completedVerbs, completionScript, type Shell, shells } from '../terminal/completion-script.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Prints a script by which a shell completes the command. Sends no request. @param program makes the program of all verbs, this one included */
export function completion(program: (output: Invocation['output']) => Command): Verb {
  return {
    name: 'completion',
    summary: 'print a script that completes verbs, flags and tables in bash, zsh or fish',
    example: 'completion bash >> ~/.bashrc',
    argument: '[shell]',
    worksWithoutStage: () => true,
    addOptions: () => undefined,
    run: async ({ table: shell, output }) => {
      if (!isShell(shell)) throw new UsageError(`Name the shell: ${shells.map((name) => `\`dynamodt completion ${name}\``).join(', ')}.`);
      const script = completionScript(shell, completedVerbs(program(output), { completion: shells }));
      output.document({ shell, script });
      output.text(script.trimEnd().split('\n'));
      return 0;
    },
  };
}

function isShell(text: string | undefined): text is Shell {
  return shells.some((shell) => shell === text);
}
