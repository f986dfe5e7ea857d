import { access, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { builderError } from '../errors.ts';
import { cloneSpack, resolveCommit, type CloneOptions } from './clone-spack.ts';
import { gitHead } from './git-head.ts';
import type { SpackProgram } from './spack-program.ts';

/** PATH, SPACK_ROOT, SPACK_REPO and SPACK_REF of the environment are read. */
interface FindSpackOptions extends CloneOptions {
  /** A folder of clones that may only be read, where there is one. */
  readonly clones?: string;
}

/**
 * The Spack to use: that of SPACK_ROOT, or the one on PATH. Where SPACK_REPO names another commit (SPACK_REF; default:
 * the repository's HEAD) than the found one stands at, a clone of that commit, made once.
 */
export async function findSpack(options: FindSpackOptions): Promise<SpackProgram> {
  const { env } = options;
  const found = await installedSpack(env);
  const repository = env['SPACK_REPO'];
  if (repository === undefined || repository === '') {
    if (found !== undefined) return found;
    throw builderError('SPACK_NOT_FOUND', { path: env['PATH'] ?? '' });
  }
  const reference = env['SPACK_REF'] === undefined || env['SPACK_REF'] === '' ? 'HEAD' : env['SPACK_REF'];
  if (found?.commit !== undefined && found.commit === reference) return found;
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
  const root = env['SPACK_ROOT'];
  if (root !== undefined && root !== '') return describeSpack(root, false);
  for (const folder of (env['PATH'] ?? '').split(':').filter((part) => part !== '')) {
    const program = await realpath(join(folder, 'spack')).catch(() => undefined);
    if (program !== undefined && (await isSpack(dirname(dirname(program)))))
      return describeSpack(dirname(dirname(program)), false);
  }
  return undefined;
}

async function describeSpack(root: string, isClone: boolean): Promise<SpackProgram> {
  if (!(await isSpack(root))) throw builderError('SPACK_ROOT_WRONG', { root });
  const commit = await gitHead(root);
  const text = await readFile(join(root, 'lib/spack/spack/__init__.py'), 'utf8').catch(() => '');
  const version = /^(?:__version__|spack_version) = "([^"]+)"/m.exec(text)?.[1] ?? '0';
  return { root, program: join(root, 'bin/spack'), version, isClone, commit };
}

async function isSpack(root: string): Promise<boolean> {
  return access(join(root, 'lib/spack/spack/__init__.py')).then(
    () =>
      access(join(root, 'bin/spack')).then(
        () => true,
        () => false,
      ),
    () => false,
  );
}
