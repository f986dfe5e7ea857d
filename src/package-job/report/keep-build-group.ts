import { cdashBuildName, type BuildPlan, type StackFiles } from '../../generate/index.ts';
import { nodeOf, type Lockfile } from '../../spack/index.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { cdashTarget, cdashWorld } from './cdash-target.ts';

interface BuildGroupRequest {
  readonly stack: StackFiles;
  readonly lock: Lockfile;
  readonly plan: BuildPlan;
  readonly isUntrusted: boolean;
  readonly warn: (message: string) => void;
}

/** Sees to it that the stack's CDash has the group that its builds are reported in. */
export async function keepBuildGroup(
  { env, signal }: Pick<PackageJobContext, 'env' | 'signal'>,
  request: BuildGroupRequest,
): Promise<void> {
  const { stack, lock, plan, isUntrusted, warn } = request;
  const target = cdashTarget(stack, env);
  if (target === undefined || isUntrusted) return;
  const { server, group, site, api } = target;
  if (server.token === undefined)
    return warn(
      `There is no token of CDash (CDASH_AUTH_TOKEN): the build group \`${group}\` is not made, in case ${server.url} lacks it.`,
    );
  const { CdashClient, keepGroups } = await import('../../report/index.ts');
  const built = plan.decisions.filter(({ build }) => build);
  const builds = built.map(({ hash }) => cdashBuildName(lock, nodeOf(lock, hash), group));
  const client = new CdashClient(server, cdashWorld(env, signal));
  for (const { message, code, hint } of await keepGroups(client, { api, group, site, builds })) {
    warn(`warning: ${message} [${code}]`);
    if (hint !== undefined) warn(`hint: ${hint}`);
  }
}
