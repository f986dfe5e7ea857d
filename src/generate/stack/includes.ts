import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { homeFolder, type ProcessVariables } from '../../kit/index.ts';
import { decideCondition, type HostFacts } from '../../spack/index.ts';
import { generateError } from '../errors.ts';

export interface IncludeContext {
  /** Folder of the file that includes; relative paths and `$env` are meant from here. */
  readonly folder: string;
  readonly variables: ProcessVariables;
  readonly host: HostFacts;
}

interface Include {
  readonly path: string;
  /** It is written as an absolute path, the same on every machine. */
  readonly isAbsolute: boolean;
  /** It may be missing. */
  readonly optional: boolean;
}

/**
 * Returns the paths that `include` names, in the file's order, which is that of precedence. Source: Spack's schemas of
 * `include` up to 1.2: texts, or mappings with `path`, `optional` and `when`. A URL or a git repository is refused: the
 * lock could not be made again from the commit alone, and a pull request could make this machine fetch anything.
 */
export function readIncludes(section: unknown, context: IncludeContext): readonly Include[] {
  const entries = Array.isArray(section) ? (section as readonly unknown[]) : section === undefined ? [] : [section];
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return [{ ...locationOf(entry, context), optional: false }];
    const { path: written, path_override_env_var: variable, optional, when, git } = (entry ?? {}) as Entry;
    const path = context.variables[text(variable)] ?? written;
    if (!isIncluded(when, text(git ?? path), context)) return [];
    if (git !== undefined) throw generateError('GENERATE_INCLUDE_REMOTE', { location: text(git) });
    if (typeof path !== 'string') throw generateError('GENERATE_INCLUDE_INVALID', { entry: JSON.stringify(entry) });
    return [{ ...locationOf(path, context), optional: optional === true }];
  });
}

type Entry = Readonly<Record<string, unknown>>;

function isIncluded(when: unknown, path: string, { host }: IncludeContext): boolean {
  if (when === undefined || when === null) return true;
  const decided = typeof when === 'boolean' ? when : decideCondition(text(when), host);
  if (decided === undefined) throw generateError('GENERATE_INCLUDE_CONDITION', { path, condition: text(when) });
  return decided;
}

function locationOf(written: string, context: IncludeContext): Pick<Include, 'path' | 'isAbsolute'> {
  const path = expand(written, context).replace(/^file:\/\//, '');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path) || /^[\w.-]+@[\w.-]+:/.test(path)) {
    throw generateError('GENERATE_INCLUDE_REMOTE', { location: path });
  }
  return {
    path: resolve(context.folder, path),
    isAbsolute: /^(?:file:\/\/)?\//.test(written) && !written.includes('$'),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Spack's names of families of processors, by those of Node. */
const families: ProcessVariables = { x64: 'x86_64', arm64: 'aarch64', ppc64: 'ppc64le' };

/** Expands Spack's own variables and those of the environment; one that is not set is an error. */
function expand(path: string, { folder, variables, host }: IncludeContext): string {
  const { platform, os, target, arch_str: arch } = host;
  const home = homeFolder(variables);
  const own: ProcessVariables = {
    platform,
    os,
    operating_system: os,
    target,
    arch,
    architecture: arch,
    target_family: families[process.arch],
    user_cache_path: variables['SPACK_USER_CACHE_PATH'] ?? join(home, '.spack'),
    env: folder,
    // Searched only if a path names it.
    get spack() {
      return variables['SPACK_ROOT'] ?? spackOnPath(variables['PATH']);
    },
    user: variables['USER'],
    tempdir: variables['TMPDIR'] ?? '/tmp',
  };
  return path
    .replace(/^~(?=\/|$)/, home)
    .replace(/\$\{(\w+)\}|\$(\w+)/g, (_, braced: string | undefined, bare: string | undefined) => {
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
