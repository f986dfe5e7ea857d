import { randomUUID } from 'node:crypto';
import { expandVariables, idTokenClaims, type JobPlan } from '../gitlab/index.ts';
import type { PipelineRecord } from './pipeline-record.ts';
import type { DriverPorts, TextVariables } from './ports.ts';

interface IdTokenSubject {
  readonly plan: JobPlan;
  readonly record: PipelineRecord;
  /** Seconds that the job may take: its tokens are good for so long. */
  readonly timeout: number;
  /** Returns the variables that the server itself sets, whatever the pipeline's files say. */
  readonly lookup: (name: string) => string | undefined;
  /** Returns variables of the job, which the pipeline's files may set; an audience may refer to them. */
  readonly ofJob: (name: string) => string | undefined;
}

/**
 * Returns a token for each name in the job's `id_tokens` (https://docs.gitlab.com/ci/secrets/id_token_authentication/).
 * Jobs of outsiders get none: services that trust this server's tokens would trust strangers.
 */
export async function idTokens(
  { sources, clock }: Pick<DriverPorts, 'sources' | 'clock'>,
  { plan, record, timeout, lookup, ofJob }: IdTokenSubject,
): Promise<TextVariables> {
  if (plan.idTokens === undefined || record.trust === 'untrusted') return {};
  const setting = {
    issuer: lookup('CI_SERVER_URL') ?? '',
    now: Math.floor(clock.now() / 1000),
    lifetime: timeout,
    refType: record.refType === 'tag' ? 'tag' : 'branch',
    ...refPathOf(record),
  };
  const tokens = Object.entries(plan.idTokens).map(async ([name, audiences]) => {
    const audience = audiences.map((text) => expandVariables(text, ofJob));
    const claims = idTokenClaims(lookup, { ...setting, audience, id: randomUUID() });
    return [name, await sources.signToken(claims, record)] as const;
  });
  return Object.fromEntries(await Promise.all(tokens));
}

/** Of what is neither a branch nor a tag. */
function refPathOf({ refType, ref }: PipelineRecord): { readonly refPath?: string } {
  if (refType === 'merge-queue') return { refPath: `refs/${ref}` };
  return refType === 'pull-request' ? { refPath: `refs/${ref}/head` } : {};
}
