import { quoteForShell } from './shell.ts';

const GREEN = '\u001B[32;1m';
const RESET = '\u001B[0;m';

/**
 * Shell text that shows a command and then runs it, in the way of GitLab's runner: of several lines only the first is
 * shown.
 */
export function shownCommand(command: string, { isColoured }: { readonly isColoured: boolean }): string {
  const text = command.trim();
  if (text === '') return 'echo\n';
  const [first = '', ...more] = text.split('\n');
  const line = `$ ${first}${more.length === 0 ? '' : ' # collapsed multi-line command'}`;
  return `printf '%s\\n' ${quoteForShell(isColoured ? GREEN + line + RESET : line)}\n${text}\n`;
}
