import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists } from '../../kit/index.ts';
import { builderError } from '../errors.ts';
import { cloneSpack, resolveCommit, type CloneOptions } from './clone-spack.ts';
import { gitHead } from './path-state.ts';
import type { SpackProgram } from './spack-program.ts';

/** It reads PATH, SPACK_ROOT, SPACK_REPO and SPACK_REF of the environment. */
interface FindSpackOptions extends CloneOptions {
  /** A read-only folder of clones, if there is one. */
  readonly clones?: string;
}

/**
 * Returns the Spack to use: that of SPACK_ROOT, or the one on PATH. If SPACK_REPO names another commit (SPACK_REF;
 * default: the repository's HEAD), it is a clone of that commit, made once.
 */
export async function findSpack(options: FindSpackOptions): Promise<SpackProgram> {
  const { env } = options;
  const found = await installedSpack(env);
  const repository = env['SPACK_REPO'];
  if (!repository) {
    if (found !== undefined) return found;
    throw builderError('SPACK_NOT_FOUND', { path: env['PATH'] ?? '' });
  }
  const reference = env['SPACK_REF'] || 'HEAD';
  if (found?.commit === reference) return found;
  const commit = await resolveCommit(repository, reference, options);
  if (found?.commit === commit) return found;
  const known = options.clones === undefined ? undefined : join(options.clones, commit);
  if (known !== undefined && (await isSpack(known))) return describeSpack(known, true);
  const root = await cloneSpack({ repository, reference, commit }, options);
  return describeSpack(root, true);
}

/**
 * Returns the Spack that SPACK_ROOT or PATH names, or undefined. A SPACK_ROOT without a Spack is an error: PATH is not
 * searched then.
 */
export async function installedSpack(env: CloneOptions['env']): Promise<SpackProgram | undefined> {
  const root = env['SPACK_ROOT'] || (await spackOnPath(env));
  return root === undefined ? undefined : describeSpack(root, false);
}

/** Returns the root of the Spack that PATH names. */
export async function spackOnPath(env: CloneOptions['env']): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(':').filter((part) => part !== '')) {
    const program = await realpath(join(folder, 'spack')).catch(() => '/');
    const root = dirname(dirname(program));
    if (await isSpack(root)) return root;
  }
  return undefined;
}

async function describeSpack(root: string, isClone: boolean): Promise<SpackProgram> {
  if (!(await isSpack(root))) throw builderError('SPACK_ROOT_WRONG', { root });
  const [commit, version] = await Promise.all([gitHead(root), spackVersion(root)]);
  return { root, program: join(root, 'bin/spack'), version, isClone, commit };
}

/** Returns the version of the Spack in a folder, `0` if there is none. */
export async function spackVersion(root: string): Promise<string> {
  const text = await readFile(join(root, 'lib/spack/spack/__init__.py'), 'utf8').catch(() => '');
  return /^(?:__version__|spack_version) = "([^"]+)"/m.exec(text)?.[1] ?? '0';
}

async function isSpack(root: string): Promise<boolean> {
  return (await exists(join(root, 'lib/spack/spack/__init__.py'))) && exists(join(root, 'bin/spack'));
}
