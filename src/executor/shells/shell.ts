import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerError } from '../errors.ts';

/** A shell for scripts: bash where there is one, else sh. */
export interface Shell {
  readonly program: string;
  readonly name: 'bash' | 'sh';
}

/** Looks for a shell in the folders of a PATH. */
export async function findShell(path: string): Promise<Shell> {
  for (const name of ['bash', 'sh'] as const) {
    for (const folder of path.split(':').filter((part) => part.startsWith('/'))) {
      const program = join(folder, name);
      if (await isExecutable(program)) return { program, name };
    }
  }
  throw runnerError('RUNNER_SHELL_MISSING', { path });
}

/** A word that a POSIX shell reads as exactly this text. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
