import { existsSync } from 'node:fs';
import { identityError, type JobIdentity } from '../../identity/index.ts';
import { atomicWrite, messageOf } from '../../kit/index.ts';
import { lockDigest, readLockfile } from '../../spack/index.ts';
import { isFinal, type PipelineRecord } from '../../pipeline/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { coordinatorError } from '../errors.ts';
import { writePrefixOf } from '../mirror/mirror-access.ts';
import type { ExternalPipeline } from './identity-ledger.ts';
import { isExternal } from './is-external.ts';
import { beginExternal, externalRun, startExternal, subjectOf, type ExternalSubject } from './external-pipeline.ts';

interface IdentityExchange {
  readonly token: string;
  /** Reads the bytes of `spack.lock`, or the digest of those that another job of the pipeline has sent. */
  readonly lock: () => Promise<Uint8Array | string>;
  /** Called with the job that shows the token, once that is verified. */
  readonly onVerified: (identity: JobIdentity) => void;
  /** Polls the remote of the stack. */
  readonly poll: () => Promise<void>;
}

/** What a job elsewhere gets for its ID token. */
export interface ExchangedIdentity {
  readonly pipeline: PipelineRecord;
  readonly lockDigest: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Reports the end of the pipeline. */
  readonly pipelineToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Where the mirror is pushed to: `s3://<stack>`, below `pr/…` for what is not protected. */
  readonly mirror: string;
}

interface Presented {
  readonly identity: JobIdentity;
  readonly external: ExternalPipeline;
  readonly digest: string;
  /** Undefined if only the digest was presented. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Exchanges an ID token of a job that another CI system runs for credentials of the gateway. They are limited to the
 * packages of the lock that the job presents. The first job of a pipeline decides its lock; others must present the
 * same. The notary verifies the token of a protected ref itself, before anything is signed. A token is accepted once,
 * also over restarts; one that was refused for another reason is not used up.
 */
export async function exchangeIdentity(
  coordinator: Coordinator,
  stack: Stack,
  exchange: IdentityExchange,
): Promise<ExchangedIdentity> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  const identity = await stack.identities.verify(exchange.token);
  exchange.onVerified(identity);
  if (context.identities.isTokenUsed(identity.token)) throw identityError('IDENTITY_TOKEN_REPLAYED');
  const { issuer, project, pipeline: id } = identity;
  const external = { stack: name, issuer, project, pipeline: id };
  const presented = { identity, external, ...readPresented(await exchange.lock()) };
  return coordinator.exchanges.run(JSON.stringify(external), async () => {
    const pipeline = await pipelineFor(coordinator, stack, { ...presented, poll: exchange.poll });
    if (pipeline.trust === 'protected') {
      const { token } = exchange;
      await stack.notary.recordIdentity({ stack: name, pipeline: pipeline.id, token, lockDigest: presented.digest });
    }
    await stack.mirror.prepare(writePrefixOf(pipeline));
    return grant(context, pipeline, presented);
  });
}

function readPresented(lock: Uint8Array | string): Pick<Presented, 'digest' | 'bytes'> {
  if (typeof lock === 'string') return { digest: lock, bytes: undefined };
  try {
    readLockfile(Buffer.from(lock).toString('utf8'), 'spack.lock', { checkHashes: true });
  } catch (error) {
    throw coordinatorError('EXTERNAL_LOCK_INVALID', { reason: messageOf(error) }, { cause: error });
  }
  return { digest: lockDigest(lock), bytes: lock };
}

/** The pipeline that stands for the one elsewhere; one that failed is continued by a new one with the same lock. */
async function pipelineFor(
  coordinator: Coordinator,
  stack: Stack,
  presented: Presented & Pick<IdentityExchange, 'poll'>,
): Promise<PipelineRecord> {
  const { context } = coordinator;
  const { identity, external, digest, bytes, poll } = presented;
  const subject = subjectOf(context, stack, identity);
  const known = context.identities.pipelineOf(external) ?? parentOf(context, subject, { identity, digest });
  const record = known === undefined ? undefined : context.pipelines.record(known);
  if (record === undefined) await poll();
  else checkKnown(record, subject, { external, digest });
  if (bytes === undefined && !existsSync(context.folder.lock(digest)))
    throw coordinatorError('EXTERNAL_LOCK_MISSING', { lock: digest });
  const isNew = record === undefined || isFinal(record.status);
  // The poll may say more of a pull request than was known before.
  const { id } = isNew ? await beginExternal(coordinator, stack, subjectOf(context, stack, identity)) : record;
  context.identities.setPipeline(external, id);
  if (bytes !== undefined) await atomicWrite(context.folder.lock(digest), bytes);
  context.pipelines.addLock(id, { job: 'external', path: 'spack.lock', digest });
  startExternal(coordinator, id, runnerOf(identity));
  if (isNew) context.log.info({ pipeline: id, stack: external.stack, of: external, lock: digest }, 'external pipeline');
  return context.pipelines.record(id) as PipelineRecord;
}

/** Shown as the runner of the job that stands for the pipeline. */
function runnerOf({ issuer, project }: JobIdentity): string {
  return `${new URL(issuer).host}/${project}`;
}

/**
 * Returns the pipeline that a child pipeline belongs to: one of the same project, commit, ref and lock. The token of a
 * child does not name its parent, and all that counts for what may be pushed and signed is the same for both.
 */
function parentOf(
  context: CoordinatorContext,
  { stack, ref, refType, sha, trust }: ExternalSubject,
  { identity, digest }: Pick<Presented, 'identity' | 'digest'>,
): string | undefined {
  if (!identity.isChild) return undefined;
  return context.pipelines.active().findLast((one) => {
    const isSame = one.stack === stack && one.ref === ref && one.refType === refType && one.sha === sha;
    if (!isSame || !isExternal(one) || one.trust !== trust || one.lockDigest !== digest) return false;
    return externalRun(context, one.id)?.runner === runnerOf(identity);
  })?.id;
}

function checkKnown(
  { id: pipeline, status, trust, lockDigest: before }: PipelineRecord,
  { trust: now }: ExternalSubject,
  { external, digest: lock }: Pick<Presented, 'external' | 'digest'>,
): void {
  const { project, pipeline: number } = external;
  if (before !== undefined && before !== lock)
    throw coordinatorError('EXTERNAL_LOCK_CHANGED', { external: number, project, lock, before });
  if (trust !== now)
    throw coordinatorError('EXTERNAL_TRUST_CHANGED', { external: number, project, before: trust, now });
  if (isFinal(status) && status !== 'failed') throw coordinatorError('EXTERNAL_PIPELINE_ENDED', { pipeline, status });
}

/** Uses the token up. */
function grant(
  context: CoordinatorContext,
  pipeline: PipelineRecord,
  { identity, digest }: Presented,
): ExchangedIdentity {
  const { tokens, clock, identities } = context;
  const now = clock.now();
  if (!identities.useToken(identity.token, { expiresAt: identity.expiresAt, now }))
    throw identityError('IDENTITY_TOKEN_REPLAYED');
  const run = externalRun(context, pipeline.id);
  const expiresAt = now + identity.lifetime;
  const key = tokens.identityKey(run?.id ?? '0', { expiresAt, token: identity.token });
  const prefix = writePrefixOf(pipeline);
  const mirror = `s3://${pipeline.stack}${prefix === '' ? '' : `/${prefix}`}`;
  return { pipeline, lockDigest: digest, ...key, expiresAt, mirror };
}
