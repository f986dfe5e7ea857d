import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/**
 * The path of a program that a test drives, or undefined after saying on stderr that what needs it is skipped:
 * `const gpg = findPart('gpg'); describe.skipIf(gpg === undefined)('…')`.
 * A path in `SLIPWAY_TEST_<NAME>` goes before `PATH`; an empty one there hides the program.
 */
export function findPart(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const variable = `SLIPWAY_TEST_${name.toUpperCase().replaceAll('-', '_')}`;
  const given = environment[variable];
  const candidates = given === undefined ? searchPath(name, environment) : [given];
  const path = candidates.find(isExecutable);
  if (path === undefined) process.stderr.write(`skipped: \`${name}\` is not on PATH (nor in ${variable})\n`);
  return path;
}

function searchPath(name: string, environment: NodeJS.ProcessEnv): readonly string[] {
  const folders = (environment.PATH ?? '').split(':').filter((folder) => folder !== '');
  return [...folders, '/usr/sbin', '/sbin'].map((folder) => join(folder, name));
}

function isExecutable(path: string): boolean {
  if (path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
