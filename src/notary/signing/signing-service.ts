import { SlipwayError, messageOf, type Logger } from '../../kit/index.ts';
import {
  Serial,
  checkEntry,
  entryName,
  inspectTarball,
  readRecords,
  readSpecBlob,
  type EntryRecords,
  type ObjectStore,
  type Verifier,
} from '../../mirror/index.ts';
import {
  formatManifest,
  isClearsigned,
  manifestKey,
  parseManifestKey,
  signedPayload,
  type BlobRecord,
  type BuildcacheName,
} from '../../spack/index.ts';
import type { CosignKey } from '../keys/cosign-key.ts';
import { notaryError } from '../errors.ts';
import { checkImage, type ImagePolicy } from './check-image.ts';
import { signImagePayload, type PayloadImage } from './image-payload.ts';
import { LockCache } from './lock-cache.ts';
import type {
  Attestation,
  ImageSigningRequest,
  KnownKeys,
  RenewalRequest,
  Signer,
  SigningDesk,
  SigningRequest,
} from '../port.ts';
import type { SigningLog } from './signing-log.ts';
import type { EntryRecord } from './signing-record.ts';
import { specFileText } from './spec-file-text.ts';
import { signStatement } from './statement.ts';

/** What a desk has of one stack. */
export interface DeskStack {
  /** The protected mirror: where jobs' blobs lie, and signed manifests go. It is only read. */
  readonly store: ObjectStore;
  readonly signingLog: SigningLog;
  readonly images?: ImagePolicy;
}

/** The keys, which may change while the desk is open. */
export interface DeskKeys {
  signer(): Promise<Signer>;
  /** Accepts what any key signed that still counts. */
  verifier(): Promise<Verifier>;
  knownKeys(): Promise<KnownKeys>;
  imageKey(): Promise<CosignKey>;
}

interface SigningDeskOptions {
  readonly keys: DeskKeys;
  /** Undefined for a stack that is not known here. */
  readonly stack: (name: string) => DeskStack | undefined;
  readonly log: Logger;
}

interface Desk extends SigningDeskOptions {
  readonly locks: LockCache;
}

/** A desk in this process. Calls for different packages run at once, those for one package in turn. */
export function createSigningDesk(options: SigningDeskOptions): SigningDesk & { readonly locks: LockCache } {
  const desk: Desk = { ...options, locks: new LockCache() };
  const turns = new Serial();
  return {
    locks: desk.locks,
    async attest(request) {
      return refusalsLogged(desk, request, async () => {
        const stack = stackOf(desk, request.stack);
        const id = await identify(desk, stack, request);
        return turns.run(`${request.stack}/${id.hash}`, () => attest({ desk, stack, request, id }));
      });
    },
    async renew(request) {
      const stack = stackOf(desk, request.stack);
      const { name, version, hash } = request;
      return turns.run(`${request.stack}/${hash}`, () => renew({ desk, stack, request, id: { name, version, hash } }));
    },
    async signStatement(request) {
      const { signingLog } = stackOf(desk, request.stack);
      const task = async () => signStatement(request, { signer: await desk.keys.signer(), signingLog });
      return turns.run(`index ${request.stack}`, task);
    },
    async signImage(request) {
      const { signingLog, store, images = {} } = stackOf(desk, request.stack);
      const key = await desk.keys.imageKey();
      const verifier = await desk.keys.verifier();
      const checks = { policy: images, store, verifier, memory: signingLog.memory, locks: desk.locks };
      const check = (image: PayloadImage) => checkImage(image, request, checks);
      return refusalsLogged(desk, request, () => signImagePayload(request, { key, signingLog, check }));
    },
    knownKeys: () => desk.keys.knownKeys(),
    usedNumbers: async (stack) => stackOf(desk, stack).signingLog.memory.used,
  };
}

async function refusalsLogged<T>(
  desk: Desk,
  request: SigningRequest | ImageSigningRequest,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { stack, pipeline } = request;
    const code = error instanceof SlipwayError ? error.code : undefined;
    const what = 'job' in request ? { job: request.job, key: request.key.slice(0, 300) } : {};
    const about = { stack, pipeline, ...what, code, reason: messageOf(error) };
    // A lock that is not known yet is a question.
    if (code !== 'NOTARY_LOCK_UNKNOWN')
      desk.log.warn(about, 'job' in request ? 'the notary refused an entry' : 'the notary refused an image');
    throw error;
  }
}

interface Work<Request = SigningRequest | RenewalRequest> {
  readonly desk: Desk;
  readonly stack: DeskStack;
  readonly request: Request;
  readonly id: BuildcacheName;
}

function stackOf(desk: Desk, name: string): DeskStack {
  const stack = desk.stack(name);
  if (stack === undefined) throw notaryError('NOTARY_STACK_UNKNOWN', { stack: name.slice(0, 100) });
  return stack;
}

/** The package that is asked for: the object's name must be one, and the lock must have its hash under this name. */
async function identify(desk: Desk, { signingLog }: DeskStack, request: SigningRequest): Promise<BuildcacheName> {
  const { key, lockDigest, lockName, pipeline } = request;
  const id = parseManifestKey(key);
  if (id === undefined) throw notaryError('NOTARY_NAME_REFUSED', { key: key.slice(0, 300) });
  const before = signingLog.memory.lockOf(pipeline, lockName) ?? lockDigest;
  if (before !== lockDigest) throw notaryError('NOTARY_LOCK_CHANGED', { pipeline, lock: lockDigest, before });
  const allowed = await desk.locks.allowed(lockDigest, request.readLock);
  if (allowed.get(id.hash) !== id.name)
    throw notaryError('NOTARY_NOT_IN_LOCK', { entry: entryName(id), lock: lockDigest, pipeline });
  return id;
}

async function attest(work: Work<SigningRequest>): Promise<Attestation> {
  const { desk, stack, request, id } = work;
  const entry = entryName(id);
  if (isClearsigned(request.manifest)) throw notaryError('NOTARY_ALREADY_SIGNED', { entry });
  const records = readRecords(request.manifest, entry);
  const verifier = await desk.keys.verifier();
  const present = await checkEntry(stack.store, id, { verifier, requireSignature: true });
  if (present.state === 'valid') return attestPresent(work, records, present.entry);
  const text = await check(work, records);
  const signer = await desk.keys.signer();
  const manifest = await signer.sign(text);
  const specFile = await signSpecFile(work, signer, records);
  // Written down before it can be seen: what is on the mirror is in the log.
  await append(work, { action: 'signed', tarball: records.tarball, fingerprint: signer.fingerprint });
  desk.log.info({ entry, stack: request.stack, pipeline: request.pipeline, job: request.job }, 'entry signed');
  return { manifest, already: false, ...specFile };
}

/** What has a signature that counts stays as it is; else what was signed before is checked and signed once more. */
async function renew(work: Work<RenewalRequest>): Promise<Attestation> {
  const { desk, stack, request, id } = work;
  const entry = entryName(id);
  const stored = await stack.store.get(manifestKey(id));
  if (stored === undefined) throw notaryError('NOTARY_ENTRY_MISSING', { stack: request.stack, entry });
  const text = stored.toString();
  const records = readRecords(isClearsigned(text) ? signedPayload(text) : text, entry);
  const signer = await desk.keys.signer();
  const verifier = await desk.keys.verifier();
  const present = await checkEntry(stack.store, id, { verifier, requireSignature: true });
  if (present.state === 'valid')
    return { manifest: text, already: true, ...(await signSpecFile(work, signer, records)) };
  const tarball = records.tarball.checksum;
  if (stack.signingLog.memory.package(id.hash)?.tarball !== tarball)
    throw notaryError('NOTARY_NOT_IN_LOG', { entry, tarball });
  const manifest = await signer.sign(await check(work, records));
  const specFile = await signSpecFile(work, signer, records);
  const { fingerprint } = signer;
  await stack.signingLog.append({ action: 'renewed', stack: request.stack, ...id, tarball, fingerprint });
  desk.log.info({ entry, stack: request.stack, key: fingerprint }, 'entry signed anew');
  return { manifest, already: false, ...specFile };
}

/** The first one stays, whoever comes later with other bytes for the same hash. */
async function attestPresent(
  work: Work<SigningRequest>,
  records: EntryRecords,
  present: { text: string; tarball: { sha256: string }; manifest: EntryRecords['manifest'] },
): Promise<Attestation> {
  const { desk, id } = work;
  const kept = present.tarball.sha256;
  const signer = await desk.keys.signer();
  if (kept !== records.tarball.checksum) {
    desk.log.warn(
      { entry: entryName(id), kept, refused: records.tarball.checksum },
      'another tarball for a package that is signed already; the first one stays',
    );
    await append(work, { action: 'kept', tarball: records.tarball, fingerprint: signer.fingerprint });
  }
  const keptRecords = readRecords(formatManifest(present.manifest), entryName(id));
  return { manifest: present.text, already: true, ...(await signSpecFile(work, signer, keptRecords)) };
}

async function signSpecFile(work: Work, signer: Signer, records: EntryRecords): Promise<{ specFile?: string }> {
  if (work.request.withSpecFile !== true) return {};
  return { specFile: await signer.sign(await specFileText(work.stack.store, records, work.id)) };
}

/**
 * Reads both blobs whole. The text to be signed is written anew from what was checked: nothing else of the job's gets a
 * signature.
 */
async function check({ stack, id }: Work, records: EntryRecords): Promise<string> {
  await readSpecBlob(stack.store, records.spec, id);
  const facts = await inspectTarball(stack.store, { id, record: records.tarball });
  const { diffId: said = facts.diffId } = records.tarball;
  if (said !== facts.diffId)
    throw notaryError('NOTARY_DIFF_ID_WRONG', { entry: entryName(id), said, found: facts.diffId });
  const tarball: BlobRecord = { ...bare(records.tarball), diffId: facts.diffId };
  return formatManifest({ version: 3, data: [tarball, bare(records.spec)] });
}

function bare({ contentLength, mediaType, compression, checksumAlgorithm, checksum }: BlobRecord): BlobRecord {
  return { contentLength, mediaType, compression, checksumAlgorithm, checksum };
}

function append(
  { stack, request, id }: Work<SigningRequest>,
  { action, tarball, fingerprint }: { action: EntryRecord['action']; tarball: BlobRecord; fingerprint: string },
): Promise<void> {
  const { stack: name, pipeline, job, lockDigest, lockName } = request;
  const named = lockName === undefined ? {} : { lockName };
  const record = {
    action,
    stack: name,
    pipeline,
    job,
    lockDigest,
    ...named,
    ...id,
    tarball: tarball.checksum,
    fingerprint,
  };
  return stack.signingLog.append(record);
}
