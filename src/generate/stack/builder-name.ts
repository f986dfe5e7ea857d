import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { generateError } from '../errors.ts';

/**
 * Returns which builder a stack is for: SLIPWAY_BUILDER, else the embedded one for a stack that has recipes, else
 * Spack.
 */
export function builderName(
  environment: string,
  env: Readonly<Record<string, string | undefined>>,
): 'recipes' | 'spack' {
  const builder = env['SLIPWAY_BUILDER'];
  if (builder === 'recipes' || builder === 'spack') return builder;
  if (builder !== undefined && builder !== '') throw generateError('GENERATE_BUILDER_UNKNOWN', { builder });
  return hasRecipes(environment) ? 'recipes' : 'spack';
}

/** A folder of that name may be anything; ours holds YAML. */
function hasRecipes(environment: string): boolean {
  try {
    return readdirSync(join(environment, 'recipes')).some((name) => /\.ya?ml$/.test(name) && name !== 'repo.yaml');
  } catch {
    return false;
  }
}
