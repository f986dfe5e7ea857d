import { quoteForShell } from './shell.ts';
import type { Shell } from './shell.ts';
import type { Environment } from './job-shell.ts';
import { shownCommand } from './shown-command.ts';

export interface ScriptParts {
  readonly commands: readonly string[];
  readonly isShown: boolean;
  /** Whether the line that shows a command is coloured. */
  readonly isColoured: boolean;
  /** Folder in which the commands start. */
  readonly folder: string;
  /** Variables that the shell does not have already, or has with other values. */
  readonly exports: Environment;
  /** Variables that the shell has and must not have. */
  readonly unset?: readonly string[];
}

/** Variables that a shell keeps for itself: setting them is an error. */
const READONLY = new Set(['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID']);

/** A pipe fails with any of its parts where the shell supports that. */
const STRICT: Readonly<Record<Shell['name'], string>> = {
  bash: 'set -eo pipefail\n',
  sh: 'if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\nset -e\n',
};

/** Returns the text of a script: environment, folder, then the commands. The first command that fails ends it. */
export function scriptText(shell: Shell['name'], parts: ScriptParts): string {
  const { commands, isShown, isColoured, folder, exports, unset = [] } = parts;
  const lines = commands.map((command) => (isShown ? shownCommand(command, { isColoured }) : `${command}\n`));
  const without = unset.length === 0 ? '' : `unset ${unset.join(' ')}\n`;
  return `${without}${exportLine(exports)}cd -- ${quoteForShell(folder)} || exit 1\n${STRICT[shell]}${lines.join('')}`;
}

/** One command for all variables, which a shell parses in a third of the time of many. */
function exportLine(variables: Environment): string {
  const entries = Object.entries(variables).filter(([name]) => isExportable(name));
  if (entries.length === 0) return '';
  return `export ${entries.map(([name, value]) => `${name}=${quoteForShell(value)}`).join(' ')} 2>/dev/null\n`;
}

export function isExportable(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !READONLY.has(name);
}
