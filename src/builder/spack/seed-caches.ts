import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../../kit/index.ts';
import { bytecodeIn, readPreparation } from './prepared-caches.ts';
import { inScratchFolder } from './scratch-folder.ts';
import type { SpackProgram } from './spack-program.ts';
import type { SpackHome } from './spack-variables.ts';

interface Seeding {
  /** What `prepareCaches` returned; read-only. */
  readonly prepared: string | undefined;
  readonly cacheFolder: string;
  readonly home: SpackHome;
  readonly spack: SpackProgram;
}

/**
 * Starts the caches of this builder with copies of the prepared ones, if they were made for this Spack and there are
 * none yet; they are small, and Spack writes to them. Returns the variables with which Python reads the prepared
 * bytecode.
 */
export async function seedCaches({ prepared, cacheFolder, home, spack }: Seeding): Promise<Record<string, string>> {
  const known = prepared === undefined ? undefined : await readPreparation(prepared);
  if (prepared === undefined || known === undefined) return {};
  if (known.root !== spack.root || known.version !== spack.version || known.commit !== spack.commit) return {};
  const scope = home.scope.slice(cacheFolder.length + 1);
  for (const name of ['misc', scope, 'home/cache']) await copyOnce(join(prepared, name), join(cacheFolder, name));
  return { PYTHONPYCACHEPREFIX: bytecodeIn(prepared) };
}

/** Under its name a copy is complete: jobs that share a cache may do this at once. */
async function copyOnce(from: string, to: string): Promise<void> {
  if ((await exists(to)) || !(await exists(from))) return;
  await inScratchFolder(`${to}.`, async (beside) => {
    await cp(from, join(beside, 'copy'), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    await rename(join(beside, 'copy'), to).catch(async (error: unknown) => {
      if (!(await exists(to))) throw error;
    });
  });
}
