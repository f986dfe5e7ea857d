import { hostname } from 'node:os';
import type { Stack } from '../../generate/index.ts';
import { Secret, systemClock, systemWait } from '../../kit/index.ts';
import type { CdashApi, CdashPlace, CdashWorld } from '../../report/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where and how a stack's builds are reported. */
export interface CdashTarget {
  readonly place: CdashPlace;
  readonly group: string;
  /** Without a runner's name. */
  readonly site: string;
  readonly api: CdashApi;
}

/** What the stack's section `cdash` and the job's variables say; undefined for a stack that reports nowhere. */
export function cdashTarget(stack: Pick<Stack, 'cdash' | 'ci' | 'gitlabCi'>, env: Variables): CdashTarget | undefined {
  const { cdash, ci, gitlabCi } = stack;
  if (cdash?.url === undefined || cdash.project === undefined) return undefined;
  // The documentation of Spack says the one, its sources the other.
  const token = [env['SPACK_CDASH_AUTH_TOKEN'], env['CDASH_AUTH_TOKEN']].find((one) => one !== undefined && one !== '');
  const asked = env['SLIPWAY_CDASH_API'];
  const ofSchema = gitlabCi !== undefined && ci === undefined ? 'related' : 'plain';
  return {
    place: {
      url: cdash.url,
      project: cdash.project,
      ...(token === undefined ? {} : { token: new Secret(token) }),
    },
    group: cdash.buildGroup,
    site: cdash.site ?? hostname(),
    api: asked === 'related' || asked === 'plain' ? asked : ofSchema,
  };
}

/**
 * The world as a client of CDash needs it. A job waits for CDash so many seconds as SLIPWAY_CDASH_PATIENCE says, a minute
 * unless told.
 */
export function cdashWorld(env: Variables, signal: AbortSignal): CdashWorld {
  const said = Number(env['SLIPWAY_CDASH_PATIENCE'] ?? Number.NaN);
  const patience = Number.isNaN(said) ? {} : { patience: Math.max(0, said) * 1000 };
  return { fetch, clock: systemClock, wait: systemWait, random: Math.random, signal, ...patience };
}
