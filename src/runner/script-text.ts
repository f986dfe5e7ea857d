import { quoteForShell } from './shell.ts';

const GREEN = '\u001B[32;1m';
const RESET = '\u001B[0;m';

/** The first failing command ends the script; a pipe fails with any of its parts where the shell knows how. */
const STRICT = 'if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\nset -e\n';

/** The text of a script that shows each command before it runs, in the way of GitLab's runner. */
export function scriptText(commands: readonly string[], folder: string): string {
  return `${STRICT}cd ${quoteForShell(folder)}\n${commands.map((command) => `${echoOf(command)}\n${command}\n`).join('')}`;
}

/** Commands that are not shown. */
export function quietScriptText(commands: readonly string[], folder: string): string {
  return `${STRICT}cd ${quoteForShell(folder)}\n${commands.join('\n')}\n`;
}

function echoOf(command: string): string {
  const [first = '', ...more] = command.trimEnd().split('\n');
  const note = more.length === 0 ? '' : ' # collapsed multi-line command';
  return `printf '%s\\n' ${quoteForShell(`${GREEN}$ ${first}${note}${RESET}`)}`;
}
