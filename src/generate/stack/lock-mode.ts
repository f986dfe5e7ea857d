import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists, type ProcessVariables } from '../../kit/index.ts';
import { readLockSettings, type LockMode } from '../../spack/index.ts';
import { builderName } from './builder-name.ts';

/**
 * Returns how a lock of a stack is made: by `lock` of the `slipway.yaml` beside its environment, or of the nearest
 * folder above it in the same repository. Recipes are not solved, so that there is nothing to keep.
 */
export async function lockMode(environment: string, env: ProcessVariables): Promise<LockMode> {
  if (builderName(environment, env) === 'recipes') return 'fresh';
  const file = await policyFile(environment);
  return file === undefined ? 'fresh' : readLockSettings(await readFile(file, 'utf8'), file).from;
}

async function policyFile(environment: string): Promise<string | undefined> {
  for (let folder = environment; ; folder = dirname(folder)) {
    const file = join(folder, 'slipway.yaml');
    if (await exists(file)) return file;
    if (existsSync(join(folder, '.git')) || folder === dirname(folder)) return undefined;
  }
}
