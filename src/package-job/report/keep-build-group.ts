import { cdashBuildName, type BuildPlan, type StackFiles } from '../../generate/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
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

/** Creates the build group of a stack at its CDash if it does not exist. */
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
      `CDASH_AUTH_TOKEN is not set: the build group \`${group}\` is not created, in case ${server.url} lacks it.`,
    );
  const { CdashClient, keepGroups } = await import('../../report/index.ts');
  const built = plan.decisions.filter(({ build }) => build);
  const builds = built.map(({ hash }) => cdashBuildName(lock, nodeOf(lock, hash), group));
  const client = new CdashClient(server, cdashWorld(env, signal));
  for (const fault of await keepGroups(client, { api, group, site, builds })) logFault(fault, warn);
}

/** Logs an error as a warning, with its code and hint. */
export function logFault(error: unknown, log: (line: string) => void): void {
  const isKnown = error instanceof SlipwayError;
  log(`warning: ${messageOf(error)}${isKnown ? ` [${error.code}]` : ''}`);
  if (isKnown && error.hint !== undefined) log(`hint: ${error.hint}`);
}
