import { quoteForShell } from '../shells/shell.ts';
import { shownCommand } from './shown-command.ts';

/** The first failing command ends the script; a pipe fails with any of its parts where the shell knows how. */
const STRICT = 'if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\nset -e\n';

/** The text of a script that shows each command before it runs, in the way of GitLab's runner. */
export function scriptText(commands: readonly string[], folder: string): string {
  const lines = commands.map((command) => shownCommand(command, { isColoured: true }));
  return `${STRICT}cd ${quoteForShell(folder)}\n${lines.join('')}`;
}

/** Commands that are not shown. */
export function quietScriptText(commands: readonly string[], folder: string): string {
  return `${STRICT}cd ${quoteForShell(folder)}\n${commands.join('\n')}\n`;
}
