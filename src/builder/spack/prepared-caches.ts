import { mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { exists, removeTree, sha256, type ProcessVariables } from '../../kit/index.ts';
import type { BuildLog } from '../builder.ts';
import { builderError } from '../errors.ts';
import { compilerPrograms } from './compiler-programs.ts';
import { configurationScopes } from './configuration-paths.ts';
import { findSpack } from './find-spack.ts';
import { editsOf, fileState, scopeDigest } from './path-state.ts';
import { removeUnused } from './remove-unused.ts';
import { inScratchFolder } from './scratch-folder.ts';
import type { SpackProgram } from './spack-program.ts';
import { readSolveFault } from './solve-fault.ts';
import { spackCommand } from './spack-session.ts';
import { spackHome, builderVariables } from './spack-variables.ts';

/**
 * What a prepared folder was made for. It is laid out as the cache of a builder, with Python's bytecode beside that.
 */
const Preparation = z.object({ root: z.string(), version: z.string(), commit: z.string().optional() });
type Preparation = z.infer<typeof Preparation>;

interface PrepareOptions {
  /**
   * The operator's environment, and nothing of a job: PATH and the variables that name a Spack and its configuration.
   */
  readonly env: ProcessVariables;
  /** Keeps one folder for each Spack and set of compilers. Only this function writes there. */
  readonly folder: string;
  readonly log: BuildLog;
  /** Called before the work, which takes a minute or more, if there is any. */
  readonly announce?: () => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes the caches that Spack otherwise makes in every sandbox: compilers found on PATH, indexes of its own and
 * the operator's repositories, bytecode, and a bootstrapped solver. Returns their folder, made once for the same input;
 * concurrent callers must wait for the first one. Caches that no caller has requested in
 * `unusedDays` are removed when new ones are made.
 */
export async function prepareCaches(options: PrepareOptions): Promise<string> {
  const { env, folder } = options;
  const spack = await findSpack({ ...options, cacheFolder: folder });
  const final = join(folder, await preparationKey(spack, env));
  if (await exists(final)) {
    const now = new Date();
    await utimes(final, now, now);
    return final;
  }
  options.announce?.();
  await inScratchFolder(join(folder, '.new-'), async (made) => {
    await fillCaches(made, { ...options, spack });
    const { root, version, commit } = spack;
    await writeFile(join(made, preparationFile), JSON.stringify({ root, version, commit } satisfies Preparation));
    await rename(made, final);
  });
  // A Spack or a compiler that was updated leaves caches of 90 MB behind, which no job can use any more.
  await removeUnused(folder, { names: preparedName, days: unusedDays });
  return final;
}

const unusedDays = 30;
const preparedName = /^(?:[0-9a-f]{16}|\.new-.+)$/;

const preparationFile = 'prepared.json';

/** What a folder was prepared for; undefined if it is no such folder. */
export async function readPreparation(folder: string): Promise<Preparation | undefined> {
  const text = await readFile(join(folder, preparationFile), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Preparation.parse(JSON.parse(text));
}

async function preparationKey(spack: SpackProgram, env: PrepareOptions['env']): Promise<string> {
  const { root, version, commit, isClone } = spack;
  const variables = builderVariables(env, { folder: '/', scope: '/nonexistent' });
  const scopes = configurationScopes(spack, variables);
  const parts = [
    root,
    version,
    commit,
    isClone ? '' : await editsOf(root, ['lib', 'var', 'etc']),
    ...(await Promise.all(scopes.map(scopeDigest))),
    await compilerPrograms(variables['PATH'] ?? ''),
    await fileState(variables['SPACK_PYTHON'] ?? ''),
  ];
  return sha256(JSON.stringify(parts)).slice(0, 16);
}

/** Looks for compilers, which loads every recipe, and concretizes one package, which loads the solver. */
async function fillCaches(folder: string, options: PrepareOptions & { readonly spack: SpackProgram }): Promise<void> {
  const { env, spack, log, signal } = options;
  const home = await spackHome(folder, env);
  const work = join(folder, 'work');
  await mkdir(work, { recursive: true });
  const variables = {
    ...builderVariables(env, home),
    SPACK_USER_CONFIG_PATH: home.scope,
    SPACK_USER_CACHE_PATH: join(home.folder, 'cache'),
    PYTHONPYCACHEPREFIX: bytecodeIn(folder),
    PYTHONDONTWRITEBYTECODE: '',
  };
  const own = env['SPACK_USER_CONFIG_PATH'];
  const configScopes = own === undefined ? [] : [own];
  const session = { spack, configScopes, variables, workFolder: work, log, signal };
  const settings = [
    `config:misc_cache:${join(folder, 'misc')}`,
    `config:install_tree:root:${join(work, 'store')}`,
    `config:build_stage:${join(work, 'stage')}`,
  ];
  for (const words of [['compiler', 'find', '--scope', 'user'], ['spec', 'zlib'], ['tags']]) {
    const { code, lines } = await spackCommand(session, words, { settings, isQuiet: true });
    signal?.throwIfAborted();
    // The empty clone would be copied into every job.
    const { kind, subject = folder, cause } = readSolveFault(lines);
    if (kind === 'recipes') throw builderError('SPACK_RECIPES_MISSING', { subject, cause });
    if (code !== 0) log(`\`spack ${words.join(' ')}\` failed: ${lines.findLast((line) => /Error/.test(line)) ?? ''}`);
  }
  await removeTree(work);
}

/** Returns the folder for Python's bytecode of read-only folders. */
export function bytecodeIn(folder: string): string {
  return join(folder, 'bytecode');
}
