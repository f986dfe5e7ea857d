import { quoteForShell, type Shell } from './shell.ts';
import type { Environment } from './job-shell.ts';
import { shownCommand } from './shown-command.ts';

interface ScriptParts {
  readonly commands: readonly string[];
  readonly isShown: boolean;
  /** Whether the line that shows a command is coloured. */
  readonly isColoured: boolean;
  /** Folder in which the commands start. */
  readonly folder: string;
  /** All variables that the commands must have. */
  readonly environment: Environment;
  /** Variables that the shell has already; those that the commands must not have are removed. */
  readonly begun?: Environment;
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
  const { commands, isShown, isColoured, folder, environment, begun } = parts;
  const lines = commands.map((command) => (isShown ? shownCommand(command, { isColoured }) : `${command}\n`));
  return `${change(begun, environment)}cd -- ${quoteForShell(folder)} || exit 1\n${STRICT[shell]}${lines.join('')}`;
}

/** Returns one command for all variables, which a shell parses in a third of the time of many. */
function change(begun: Environment = {}, environment: Environment): string {
  let [unset, set] = ['', ''];
  for (const name in begun) if (environment[name] === undefined && isExportable(name)) unset += ` ${name}`;
  for (const name in environment) {
    const value = environment[name] as string;
    if (begun[name] !== value && isExportable(name)) set += ` ${name}=${quoteForShell(value)}`;
  }
  return `${unset === '' ? '' : `unset${unset}\n`}${set === '' ? '' : `export${set} 2>/dev/null\n`}`;
}

function isExportable(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !READONLY.has(name);
}
