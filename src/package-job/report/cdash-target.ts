import { hostname } from 'node:os';
import type { StackFiles } from '../../generate/index.ts';
import { Secret, systemClock, systemWait, type ProcessVariables } from '../../kit/index.ts';
import type { CdashApi, CdashServer, CdashWorld } from '../../report/index.ts';

/** Where and how a stack's builds are reported. */
export interface CdashTarget {
  readonly server: CdashServer;
  readonly group: string;
  /** Without a runner's name. */
  readonly site: string;
  readonly api: CdashApi;
}

/** Reads the stack's section `cdash` and the job's variables; undefined for a stack that reports nowhere. */
export function cdashTarget(
  stack: Pick<StackFiles, 'cdash' | 'ci' | 'gitlabCi'>,
  env: ProcessVariables,
): CdashTarget | undefined {
  const { cdash, ci, gitlabCi } = stack;
  if (cdash?.url === undefined || cdash.project === undefined) return undefined;
  // The first name is that of Spack's documentation, the other that of its sources.
  const token = [env['SPACK_CDASH_AUTH_TOKEN'], env['CDASH_AUTH_TOKEN']].find((one) => one !== undefined && one !== '');
  const api = env['SLIPWAY_CDASH_API'];
  const ofSchema = gitlabCi !== undefined && ci === undefined ? 'related' : 'plain';
  return {
    server: {
      url: cdash.url,
      project: cdash.project,
      token: token === undefined ? undefined : new Secret(token),
    },
    group: cdash.buildGroup,
    site: cdash.site ?? hostname(),
    api: api === 'related' || api === 'plain' ? api : ofSchema,
  };
}

/**
 * Returns what a client of CDash needs. A job waits for CDash for SLIPWAY_CDASH_PATIENCE seconds, by default a minute.
 */
export function cdashWorld(env: ProcessVariables, signal: AbortSignal): CdashWorld {
  const seconds = Number(env['SLIPWAY_CDASH_PATIENCE'] ?? Number.NaN);
  const patience = Number.isNaN(seconds) ? undefined : Math.max(0, seconds) * 1000;
  return { fetch, clock: systemClock, wait: systemWait, random: Math.random, signal, patience };
}
