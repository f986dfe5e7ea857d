import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, sha256 } from '../../kit/index.ts';
import { orderedLock, readLockfile, writeLockfile, type Lockfile } from '../../spack/index.ts';
import type { LockShare } from '../lock-share.ts';
import { requireSpackParts } from './check-parts.ts';
import type { ScratchRequest } from './scratch-view.ts';
import { solveEnvironment } from './solve-environment.ts';
import { solveKeys } from './solve-key.ts';

interface LockSettings extends ScratchRequest {
  readonly mirrorState?: string;
  /** The lock to begin with, unless the environment has one itself. */
  readonly base?: Lockfile;
  readonly share?: LockShare;
}

/**
 * Locks an environment with Spack, or returns the lock of the cache if none of its inputs has changed; equal results
 * are equal files. Nothing is written into the environment's folder.
 */
export async function lockWithSpack(settings: LockSettings): Promise<Lockfile> {
  const { environment, session, cacheFolder, ownScope, mirrorState, base, share } = settings;
  const { spack, configScopes, variables, log } = session;
  const own = await readFile(join(environment, 'spack.lock'), 'utf8').catch(() => undefined);
  const start = own ?? (base && writeLockfile(base));
  const keys = await solveKeys({ environment, configScopes, spack, variables, ownScope, mirrorState });
  const isPlain = start === undefined && share === undefined;
  const key = keys && (isPlain ? keys.whole : sha256(JSON.stringify([keys.whole, start, share])));
  const kept = key === undefined ? undefined : join(cacheFolder, 'locks', `${key}.lock`);
  const text = kept === undefined ? undefined : await readFile(kept, 'utf8').catch(() => undefined);
  if (kept !== undefined && text !== undefined) {
    log(`The lock of ${environment} is known: nothing that decides it has changed`);
    return orderedLock(readLockfile(text, kept));
  }
  await requireSpackParts({ spack, variables, environment, configScopes }, log);
  const lock = orderedLock(await solveEnvironment({ ...settings, start, configuration: keys?.configuration }));
  if (kept !== undefined) await atomicWrite(kept, writeLockfile(lock));
  return lock;
}
