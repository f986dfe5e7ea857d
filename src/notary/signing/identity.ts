import type { IdentityVerifier } from '../../identity/index.ts';
import type { Clock } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';
import type { IdentityGrant, IdentityMessage } from '../port.ts';
import type { LogMemory } from './log-memory.ts';
import type { SigningLog } from './signing-log.ts';

/** Whose ID tokens count for a stack. */
export interface IdentityPolicy {
  readonly verifier: IdentityVerifier;
  readonly clock: Clock;
  /** Whether nothing is signed for pipelines without an ID token. */
  readonly isRequired: boolean;
}

/**
 * Verifies an ID token and logs what it allows. The server may repeat a request whose answer it lost: the same token for
 * the same pipeline and lock gets the same answer, and allows nothing more.
 */
export async function recordIdentity(
  { stack, pipeline, token, lockDigest }: IdentityMessage,
  { policy, signingLog }: { readonly policy: IdentityPolicy; readonly signingLog: SigningLog },
): Promise<IdentityGrant> {
  const identity = await policy.verifier.verify(token);
  const { issuer, project, ref, sha: commit, pipeline: externalPipeline } = identity;
  if (!identity.isProtected) throw notaryError('NOTARY_IDENTITY_UNPROTECTED', { ref, project });
  const { memory } = signingLog;
  const used = memory.token(identity.token);
  if (used !== undefined) {
    if (used.pipeline === pipeline && used.lockDigest === lockDigest) return { until: used.until };
    throw notaryError('NOTARY_IDENTITY_REPLAYED', { pipeline: used.pipeline });
  }
  const external = { issuer, project, externalPipeline };
  const before = memory.externalLockOf(external) ?? memory.identityOf(pipeline)?.lockDigest ?? lockDigest;
  if (before !== lockDigest) throw notaryError('NOTARY_LOCK_CHANGED', { pipeline, lock: lockDigest, before });
  const until = policy.clock.now() + identity.lifetime;
  await signingLog.append({
    action: 'identity',
    stack,
    pipeline,
    lockDigest,
    ...external,
    ref,
    commit,
    token: identity.token,
    until,
  });
  return { until };
}

/** Refuses what the ID tokens of a pipeline do not allow: another lock, or any if the stack requires one. */
export function requireIdentity(
  memory: LogMemory,
  policy: IdentityPolicy | undefined,
  { pipeline, lockDigest }: { readonly pipeline: string; readonly lockDigest: string },
): void {
  const identity = memory.identityOf(pipeline);
  if (identity === undefined && policy?.isRequired === true) throw notaryError('NOTARY_IDENTITY_MISSING', { pipeline });
  const before = identity?.lockDigest ?? lockDigest;
  if (before !== lockDigest) throw notaryError('NOTARY_LOCK_CHANGED', { pipeline, lock: lockDigest, before });
}

/** Refuses a pipeline whose ID tokens were shown too long ago. */
export function requireCurrent(memory: LogMemory, policy: IdentityPolicy | undefined, pipeline: string): void {
  const identity = memory.identityOf(pipeline);
  if (identity !== undefined && (policy?.clock.now() ?? Number.POSITIVE_INFINITY) > identity.until)
    throw notaryError('NOTARY_IDENTITY_EXPIRED', { pipeline });
}
