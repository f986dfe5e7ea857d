import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerSettings } from '../coordinator/index.ts';
import { cacheFolder } from '../kit/index.ts';
import type { CommandContext } from './command.ts';

type Environment = CommandContext['env'];

/** Adds the variables of the Spack that `slipway spack install` installed, unless the environment names another one. */
export async function withInstalledSpack(context: CommandContext): Promise<CommandContext> {
  if (!hasInstallations(context.env)) return context;
  const { installedVariables } = await import('../builder/index.ts');
  return { ...context, env: { ...context.env, ...(await installedVariables(context.env)) } };
}

/**
 * Gives the stacks of a server the installed Spack: jobs have the variables of their stack, and none of the server's.
 * Stacks that name a Spack themselves keep it.
 */
export async function withSpackForStacks(settings: ServerSettings, env: Environment): Promise<ServerSettings> {
  if (!hasInstallations(env)) return settings;
  const { listInstallations } = await import('../builder/index.ts');
  const used = (await listInstallations(env)).find(({ variables }) => variables.SPACK_ROOT === env['SPACK_ROOT']);
  if (used === undefined) return settings;
  const { configuration } = settings;
  const stacks = configuration.stacks.map((stack) => {
    const isOwn = ['SPACK_ROOT', 'SPACK_REPO', 'PATH'].some((name) => name in stack.variables);
    return isOwn ? stack : { ...stack, variables: { ...used.variables, ...stack.variables } };
  });
  return { ...settings, configuration: { ...configuration, stacks } };
}

/** The list of installations is part of the builder, which is large, so it is loaded only if there is one. */
function hasInstallations(env: Environment): boolean {
  return existsSync(join(cacheFolder(env), 'installed-spack'));
}
