import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessVariables } from '../../kit/index.ts';
import { generateError } from '../errors.ts';

/**
 * Returns which builder a stack is for: SLIPWAY_BUILDER, else the embedded one for a stack that has recipes, else
 * Spack.
 */
export function builderName(environment: string, env: ProcessVariables): 'recipes' | 'spack' {
  const builder = env['SLIPWAY_BUILDER'];
  if (builder === 'recipes' || builder === 'spack') return builder;
  if (builder !== undefined && builder !== '') throw generateError('GENERATE_BUILDER_UNKNOWN', { builder });
  return hasRecipes(environment) ? 'recipes' : 'spack';
}

/** A folder of that name may be anything; one of recipes holds YAML. */
function hasRecipes(environment: string): boolean {
  try {
    return readdirSync(join(environment, 'recipes')).some((name) => /\.ya?ml$/.test(name) && name !== 'repo.yaml');
  } catch {
    return false;
  }
}
