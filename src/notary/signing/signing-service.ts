import { Serial, SlipwayError, messageOf, type Logger } from '../../kit/index.ts';
import { entryName, type Verifier } from '../../mirror/index.ts';
import { parseManifestKey, type BuildcacheName } from '../../spack/index.ts';
import { notaryError } from '../errors.ts';
import type { ImageSigner } from '../keys/cosign-key.ts';
import type {
  Attestation,
  ImageSigningRequest,
  KnownKeys,
  RenewalRequest,
  Signer,
  SigningRequest,
  SigningService,
} from '../port.ts';
import { checkImage } from './check-image.ts';
import { recordIdentity, requireCurrent, requireIdentity } from './identity.ts';
import { signImagePayload } from './image-payload.ts';
import { LockCache } from './lock-cache.ts';
import { attest, renew, type EntrySigning } from './sign-entry.ts';
import type { SignedStack } from './signed-stack.ts';
import { signStatement } from './statement.ts';

/** The keys, which may change at any time. */
export interface SigningKeys {
  signer(): Promise<Signer>;
  /** Accepts signatures of every key that is not revoked. */
  verifier(): Promise<Verifier>;
  knownKeys(): Promise<KnownKeys>;
  imageKey(): Promise<ImageSigner>;
}

interface SigningServiceOptions {
  readonly keys: SigningKeys;
  /** Undefined for a stack that is not known here. */
  readonly stack: (name: string) => SignedStack | undefined;
  readonly log: Logger;
}

/** A signing service in this process. Calls for different packages run at once, those for one package in turn. */
export function createSigningService(options: SigningServiceOptions): SigningService & { readonly locks: LockCache } {
  const { keys, log } = options;
  const locks = new LockCache();
  const turns = new Serial();
  const stackOf = (name: string): SignedStack => {
    const stack = options.stack(name);
    if (stack === undefined) throw notaryError('NOTARY_STACK_UNKNOWN', { stack: name.slice(0, 100) });
    return stack;
  };
  const inTurn = <Request extends SigningRequest | RenewalRequest>(
    request: Request,
    id: BuildcacheName,
    task: (signing: EntrySigning<Request>) => Promise<Attestation>,
  ) =>
    turns.run(`${request.stack}/${id.hash}`, async () => {
      const [signer, verifier] = [await keys.signer(), await keys.verifier()];
      return task({ stack: stackOf(request.stack), request, id, signer, verifier, log });
    });
  return {
    locks,
    attest: (request) =>
      refusalsLogged(log, request, async () =>
        inTurn(request, await identify(locks, stackOf(request.stack), request), attest),
      ),
    renew: async (request) => {
      const { name, version, hash } = request;
      return inTurn(request, { name, version, hash }, renew);
    },
    recordIdentity: (request) => {
      const { signingLog, identities: policy } = stackOf(request.stack);
      if (policy === undefined) throw notaryError('NOTARY_IDENTITY_UNKNOWN', { stack: request.stack });
      return turns.run(`identity ${request.stack}`, () => recordIdentity(request, { policy, signingLog }));
    },
    signStatement: async (request) => {
      const { signingLog } = stackOf(request.stack);
      const task = async () => signStatement(request, { signer: await keys.signer(), signingLog });
      return turns.run(`index ${request.stack}`, task);
    },
    signImage: (request) =>
      refusalsLogged(log, request, async () => {
        const { signingLog, store, images: policy = {}, identities } = stackOf(request.stack);
        for (const { digest: lockDigest } of request.locks)
          requireIdentity(signingLog.memory, identities, { pipeline: request.pipeline, lockDigest });
        const key = await keys.imageKey();
        const checks = { policy, store, verifier: await keys.verifier(), memory: signingLog.memory, locks };
        return signImagePayload(request, { key, signingLog, check: (image) => checkImage(image, request, checks) });
      }),
    knownKeys: () => keys.knownKeys(),
    usedNumbers: async (stack) => stackOf(stack).signingLog.memory.used,
  };
}

async function refusalsLogged<T>(
  log: Logger,
  request: SigningRequest | ImageSigningRequest,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { stack, pipeline } = request;
    const code = error instanceof SlipwayError ? error.code : undefined;
    const isEntry = 'job' in request;
    const about = isEntry ? { job: request.job, key: request.key.slice(0, 300) } : {};
    // A lock that is not known yet is requested.
    if (code !== 'NOTARY_LOCK_UNKNOWN')
      log.warn(
        { stack, pipeline, ...about, code, reason: messageOf(error) },
        isEntry ? 'the notary refused an entry' : 'the notary refused an image',
      );
    throw error;
  }
}

/** The requested package: the object's name must be one, and the lock must have its hash under this name. */
async function identify(
  locks: LockCache,
  { signingLog, identities }: SignedStack,
  request: SigningRequest,
): Promise<BuildcacheName> {
  const { key, lockDigest, lockName, pipeline } = request;
  const id = parseManifestKey(key);
  if (id === undefined) throw notaryError('NOTARY_NAME_REFUSED', { key: key.slice(0, 300) });
  requireIdentity(signingLog.memory, identities, request);
  requireCurrent(signingLog.memory, identities, pipeline);
  const before = signingLog.memory.lockOf(pipeline, lockName) ?? lockDigest;
  if (before !== lockDigest) throw notaryError('NOTARY_LOCK_CHANGED', { pipeline, lock: lockDigest, before });
  const allowed = await locks.allowed(lockDigest, request.readLock);
  if (allowed.get(id.hash) !== id.name)
    throw notaryError('NOTARY_NOT_IN_LOCK', { entry: entryName(id), lock: lockDigest, pipeline });
  return id;
}
