import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite } from '../../kit/index.ts';
import { orderedLock, readLockfile, type Lockfile } from '../../spack/index.ts';
import { builderError } from '../errors.ts';
import { requireSpackParts } from './check-parts.ts';
import { isolatedEnvironment, jobFolders } from './isolated-environment.ts';
import { withCompilers } from './known-compilers.ts';
import { readSolveFault } from './solve-fault.ts';
import { solveKey } from './solve-key.ts';
import { spackCommand, type SpackSession } from './spack-session.ts';

interface SolveSettings {
  readonly session: Omit<SpackSession, 'environment' | 'workFolder'>;
  /** Folder of locks that were made before; shared. */
  readonly cacheFolder: string;
  readonly ownScope: string;
  readonly mirrorState?: string;
}

/**
 * Locks an environment with Spack, or returns the lock of the cache if none of its inputs has changed; equal results
 * are equal files. Nothing is written into the environment's folder.
 */
export async function lockWithSpack(environment: string, settings: SolveSettings): Promise<Lockfile> {
  const { session, cacheFolder, ownScope, mirrorState } = settings;
  const { spack, configScopes, variables, log } = session;
  const key = await solveKey({ environment, configScopes, spack, variables, ownScope, mirrorState });
  const kept = key === undefined ? undefined : join(cacheFolder, 'locks', `${key}.lock`);
  const text = kept === undefined ? undefined : await readFile(kept, 'utf8').catch(() => undefined);
  if (kept !== undefined && text !== undefined) {
    log(`The lock of ${environment} is known: nothing that decides it has changed`);
    return orderedLock(readLockfile(text, kept));
  }
  await requireSpackParts({ spack, variables, environment, configScopes }, log);
  const made = await concretize(environment, settings);
  const lock = orderedLock(readLockfile(made, 'spack.lock', { checkHashes: true }));
  if (kept !== undefined) await atomicWrite(kept, made);
  return lock;
}

async function concretize(environment: string, { session, cacheFolder, ownScope }: SolveSettings): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder, 'solve-'));
  try {
    const folders = jobFolders({ scratch, cacheFolder });
    const config = { ...folders, install_tree: { root: join(scratch, 'store') } };
    const view = await isolatedEnvironment(environment, join(scratch, 'view'), { config });
    const known = await readFile(join(environment, 'spack.lock')).catch(() => undefined);
    if (known !== undefined) await atomicWrite(join(view, 'spack.lock'), known);
    const here = { ...session, environment: view, workFolder: view };
    const end = await spackCommand(await withCompilers(here, { folders, ownScope }), ['concretize']);
    session.signal?.throwIfAborted();
    if (end.code !== 0) throw await solveError(environment, end.lines, cacheFolder);
    return await readFile(join(view, 'spack.lock'), 'utf8');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const codes = {
  recipes: 'SPACK_RECIPES_MISSING',
  git: 'SPACK_GIT_VERSION_UNKNOWN',
  package: 'SPACK_PACKAGE_UNKNOWN',
  compiler: 'SPACK_COMPILER_MISSING',
  conflict: 'SPACK_UNSATISFIABLE',
} as const;

async function solveError(environment: string, lines: readonly string[], cacheFolder: string) {
  const { kind, subject, cause } = readSolveFault(lines);
  const details = { environment, subject: subject ?? environment, cause };
  // Spack would not try again.
  if (kind === 'recipes' && details.subject.startsWith(`${cacheFolder}/`))
    await rm(details.subject, { recursive: true, force: true });
  if (kind === 'spack') return builderError('SPACK_FAILED', { what: `concretizing ${environment}`, reason: cause });
  return builderError(codes[kind], details);
}
