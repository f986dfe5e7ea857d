import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { decideCondition, type HostFacts } from '../../spack/index.ts';
import { generateError } from '../errors.ts';

export interface IncludeContext {
  /** Folder of the file that includes; relative paths and `$env` are meant from here. */
  readonly folder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly host: HostFacts;
}

interface Include {
  readonly path: string;
  /** It is written as the same place for every machine, wherever the project lies. */
  readonly isAbsolute: boolean;
  /** It may be missing. */
  readonly optional: boolean;
}

/**
 * The places that `include` names, in the file's order, which is that of precedence. Source: Spack's schemas of
 * `include` up to 1.2: texts, or mappings with `path`, `optional` and `when`. What lies elsewhere (a URL, a git
 * repository) is refused: the lock could not be made again from the commit alone, and a pull request could have
 * this machine fetch whatever it likes.
 */
export function readIncludes(section: unknown, context: IncludeContext): readonly Include[] {
  const entries = Array.isArray(section) ? (section as readonly unknown[]) : section === undefined ? [] : [section];
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return [{ ...placeOf(entry, context), optional: false }];
    const { path: written, path_override_env_var: variable, optional, when, git } = (entry ?? {}) as Entry;
    const path = context.variables[text(variable)] ?? written;
    if (!isWanted(when, text(git ?? path), context)) return [];
    if (git !== undefined) throw generateError('GENERATE_INCLUDE_REMOTE', { place: text(git) });
    if (typeof path !== 'string') throw generateError('GENERATE_INCLUDE_INVALID', { entry: JSON.stringify(entry) });
    return [{ ...placeOf(path, context), optional: optional === true }];
  });
}

type Entry = Readonly<Record<string, unknown>>;

function isWanted(when: unknown, path: string, { host }: IncludeContext): boolean {
  if (when === undefined || when === null) return true;
  const decided = typeof when === 'boolean' ? when : decideCondition(text(when), host);
  if (decided === undefined) throw generateError('GENERATE_INCLUDE_CONDITION', { path, condition: text(when) });
  return decided;
}

function placeOf(written: string, context: IncludeContext): Pick<Include, 'path' | 'isAbsolute'> {
  const path = expand(written, context).replace(/^file:\/\//, '');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path) || /^[\w.-]+@[\w.-]+:/.test(path)) {
    throw generateError('GENERATE_INCLUDE_REMOTE', { place: path });
  }
  return {
    path: resolve(context.folder, path),
    isAbsolute: /^(?:file:\/\/)?\//.test(written) && !written.includes('$'),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Spack's own variables and those of the environment; one that is not set is a fault, not an empty text. */
function expand(path: string, { folder, variables }: IncludeContext): string {
  const own: Readonly<Record<string, string | undefined>> = {
    env: folder,
    // Looked for only by a path that names it.
    get spack() {
      return variables['SPACK_ROOT'] ?? spackOnPath(variables['PATH']);
    },
    user: variables['USER'],
    tempdir: variables['TMPDIR'] ?? '/tmp',
  };
  const home = path.replace(/^~(?=\/|$)/, variables['HOME'] ?? homedir());
  return home.replace(/\$\{(\w+)\}|\$(\w+)/g, (_, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? '';
    const value = own[name] ?? variables[name];
    if (value !== undefined) return value;
    throw generateError('GENERATE_INCLUDE_VARIABLE', { path, variable: name === 'spack' ? 'SPACK_ROOT' : name });
  });
}

/** The checkout whose `bin/spack` is found first. */
function spackOnPath(path = ''): string | undefined {
  const program = path
    .split(':')
    .map((folder) => join(folder, 'spack'))
    .find((one) => existsSync(one));
  return program === undefined ? undefined : dirname(dirname(realpathSync(program)));
}
