import { Serial, SlipwayError, messageOf, type Logger } from '../../kit/index.ts';
import {
  checkEntry,
  entryName,
  inspectTarball,
  readRecords,
  readSpecBlob,
  type Entry,
  type EntryRecords,
  type ObjectStore,
  type Verifier,
} from '../../mirror/index.ts';
import {
  formatManifest,
  formatV2SpecFile,
  isClearsigned,
  manifestKey,
  parseManifestKey,
  signedPayload,
  type BlobRecord,
  type BuildcacheName,
} from '../../spack/index.ts';
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
import { checkImage, type ImagePolicy } from './check-image.ts';
import { signImagePayload } from './image-payload.ts';
import { recordIdentity, requireCurrent, requireIdentity, type IdentityPolicy } from './identity.ts';
import { LockCache } from './lock-cache.ts';
import type { SigningLog } from './signing-log.ts';
import type { EntryRecord } from './signing-record.ts';
import { signStatement } from './statement.ts';

/** A stack that something is signed for. */
export interface SignedStack {
  /** The protected mirror, which holds the jobs' blobs and the signed manifests. It is only read. */
  readonly store: ObjectStore;
  readonly signingLog: SigningLog;
  readonly images?: ImagePolicy;
  /** Jobs of other CI systems; without it none of them is signed for. */
  readonly identities?: IdentityPolicy;
}

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
    task: (work: Work<Request>) => Promise<Attestation>,
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

interface Work<Request = SigningRequest | RenewalRequest> {
  readonly stack: SignedStack;
  readonly request: Request;
  readonly id: BuildcacheName;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly log: Logger;
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

async function attest(work: Work<SigningRequest>): Promise<Attestation> {
  const { request, id, log } = work;
  const entry = entryName(id);
  if (isClearsigned(request.manifest)) throw notaryError('NOTARY_ALREADY_SIGNED', { entry });
  const records = readRecords(request.manifest, entry);
  const present = await presentEntry(work);
  if (present !== undefined) return attestPresent(work, records, present);
  const signed = await sign(work, records);
  // Logged before it is visible: everything on the mirror is in the log.
  await append(work, 'signed', records);
  log.info({ entry, stack: request.stack, pipeline: request.pipeline, job: request.job }, 'entry signed');
  return signed;
}

/** A valid signature stays as it is; otherwise what was signed before is checked and signed again. */
async function renew(work: Work<RenewalRequest>): Promise<Attestation> {
  const { stack, request, id, signer, log } = work;
  const entry = entryName(id);
  const text = (await stack.store.get(manifestKey(id)))?.toString();
  if (text === undefined) throw notaryError('NOTARY_ENTRY_MISSING', { stack: request.stack, entry });
  const records = readRecords(isClearsigned(text) ? signedPayload(text) : text, entry);
  if ((await presentEntry(work)) !== undefined) return withSpecFile(work, records, { manifest: text, already: true });
  const tarball = records.tarball.checksum;
  if (stack.signingLog.memory.package(id.hash)?.tarball !== tarball)
    throw notaryError('NOTARY_NOT_IN_LOG', { entry, tarball });
  const signed = await sign(work, records);
  const { fingerprint } = signer;
  await stack.signingLog.append({ action: 'renewed', stack: request.stack, ...id, tarball, fingerprint });
  log.info({ entry, stack: request.stack, key: fingerprint }, 'entry signed again');
  return signed;
}

/** The entry on the mirror, if it is validly signed. */
async function presentEntry({ stack, id, verifier }: Work): Promise<Entry | undefined> {
  const found = await checkEntry(stack.store, id, { verifier, requireSignature: true });
  return found.state === 'valid' ? found.entry : undefined;
}

/** The first entry stays, even if another job pushes other bytes for the same hash. */
async function attestPresent(work: Work<SigningRequest>, records: EntryRecords, present: Entry): Promise<Attestation> {
  const entry = entryName(work.id);
  const kept = present.tarball.sha256;
  const refused = records.tarball.checksum;
  if (kept !== refused) {
    work.log.warn(
      { entry, kept, refused },
      'another tarball for a package that is signed already; the first one stays',
    );
    await append(work, 'kept', records);
  }
  const keptRecords = readRecords(formatManifest(present.manifest), entry);
  return withSpecFile(work, keptRecords, { manifest: present.text, already: true });
}

async function sign(work: Work, records: EntryRecords): Promise<Attestation> {
  const manifest = await work.signer.sign(await check(work, records));
  return withSpecFile(work, records, { manifest, already: false });
}

/** Adds the spec file of layout v2 (`….spec.json`) with the content of the entry's manifest and spec blob. */
async function withSpecFile(
  { stack, request, id, signer }: Work,
  { spec, tarball }: EntryRecords,
  attestation: Attestation,
): Promise<Attestation> {
  if (request.withSpecFile !== true) return attestation;
  // Every token on a line, as Spack writes it: `gpg` cuts long lines without a warning.
  const text = formatV2SpecFile(await readSpecBlob(stack.store, spec, id), tarball.checksum);
  return { ...attestation, specFile: await signer.sign(text) };
}

/**
 * Reads both blobs whole. The text to be signed is written from what was checked: nothing else of the job is signed.
 */
async function check({ stack, id }: Work, { spec, tarball }: EntryRecords): Promise<string> {
  await readSpecBlob(stack.store, spec, id);
  const { diffId } = await inspectTarball(stack.store, { id, record: tarball });
  const { diffId: named = diffId } = tarball;
  if (named !== diffId) throw notaryError('NOTARY_DIFF_ID_WRONG', { entry: entryName(id), named, found: diffId });
  return formatManifest({ version: 3, data: [{ ...bare(tarball), diffId }, bare(spec)] });
}

function bare({ contentLength, mediaType, compression, checksumAlgorithm, checksum }: BlobRecord): BlobRecord {
  return { contentLength, mediaType, compression, checksumAlgorithm, checksum };
}

function append(
  { stack, request, id, signer }: Work<SigningRequest>,
  action: EntryRecord['action'],
  { tarball }: EntryRecords,
): Promise<void> {
  const { pipeline, job, lockDigest, lockName, promotedFrom } = request;
  return stack.signingLog.append({
    action,
    stack: request.stack,
    pipeline,
    job,
    lockDigest,
    lockName,
    promotedFrom,
    ...id,
    tarball: tarball.checksum,
    fingerprint: signer.fingerprint,
  });
}
