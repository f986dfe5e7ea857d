import { findRuntime, type LocalContainers } from '../executor/index.ts';
import type { PipelinePlan } from '../gitlab/index.ts';
import { localError } from './errors.ts';
import { mirrorFolders } from './run-mirror.ts';
import type { RunRequest } from './run-options.ts';

const LOOPBACK = /^https?:\/\/(?:127\.|localhost\b|\[::1\])/;

/** Returns what jobs that name an image run in; undefined where they run on this machine. */
export async function containersFor(
  plan: PipelinePlan,
  { options, env, folder }: Pick<RunRequest, 'options' | 'env' | 'folder'>,
): Promise<LocalContainers | undefined> {
  if (options.container === false) return undefined;
  if (options.container !== true && !mayNameImages(plan)) return undefined;
  const found = await findRuntime(env);
  if (found.runtime === undefined) {
    if (options.container === true) throw localError('CLI_RUN_CONTAINER_MISSING', { reason: found.reason });
    return undefined;
  }
  const { SLIPWAY_MIRROR_SOURCE: source = '', SLIPWAY_MIRROR: mirror = '' } = env;
  return {
    runtime: found.runtime,
    env,
    readable: source.startsWith('/') ? [source] : [],
    writable: (root) => mirrorFolders(root, { env, folder }),
    pullPolicies: ['if-not-present', 'always', 'never'],
    hasUserCredentials: true,
    ...([source, mirror].some((url) => LOOPBACK.test(url)) ? { network: 'host' } : {}),
  };
}

/** What child pipelines name is known when they start. */
function mayNameImages({ jobs }: PipelinePlan): boolean {
  return jobs.some(({ image, kind }) => image !== undefined || kind !== 'script');
}
