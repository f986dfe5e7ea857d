import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder } from '../builder/index.ts';
import { cacheFolder } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { cliError } from './errors.ts';

type BuilderContext = Pick<CommandContext, 'env' | 'terminal' | 'signal'>;

/**
 * The builder of a stack: the embedded one where it has recipes, Spack otherwise; SLIPWAY_BUILDER says it above that. Its
 * folders are shared by all jobs of this user on this machine.
 */
export function jobBuilder(environment: string, context: BuilderContext): Builder {
  const name = builderName(environment, context.env);
  let made: Promise<Builder> | undefined;
  const builder = (): Promise<Builder> => (made ??= makeBuilder(name, context));
  return {
    name,
    inputs: async (request) => (await builder()).inputs(request),
    lock: async (request) => (await builder()).lock(request),
    build: async (request) => (await builder()).build(request),
  };
}

/** Loaded when it has something to do: most jobs find that there is nothing to build. */
async function makeBuilder(name: Builder['name'], { env, terminal, signal }: BuilderContext): Promise<Builder> {
  const { recipesBuilder, spackBuilder } = await import('../builder/index.ts');
  const shared = cacheFolder(env);
  await mkdir(shared, { recursive: true, mode: 0o700 });
  if (name === 'recipes')
    return recipesBuilder({ cacheFolder: join(shared, 'sources'), fallbackStore: join(shared, 'store') });
  const { knownMirrors } = await import('./known-mirrors.ts');
  return spackBuilder({
    env,
    cacheFolder: join(shared, 'spack'),
    prepared: env['SLIPWAY_SPACK_CACHES'],
    log: (line) => terminal.note(line),
    mirrors: (request) => knownMirrors(request, env),
    signal,
    now: () => performance.timeOrigin + performance.now(),
  });
}

/** Which builder a stack is for. */
export function builderName(environment: string, env: CommandContext['env']): Builder['name'] {
  const said = env['SLIPWAY_BUILDER'];
  if (said === 'recipes' || said === 'spack') return said;
  if (said !== undefined && said !== '') throw cliError('CLI_BUILDER_UNKNOWN', { builder: said });
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
