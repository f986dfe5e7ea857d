import { SlipwayError } from '../kit/index.ts';
import type { Logger } from '../kit/index.ts';
import { Serial, checkEntry, entryName, inspectTarball, readRecords, readSpecBlob } from '../mirror/index.ts';
import type { ArchiveLimits, EntryRecords, IndexPublisher, ObjectStore, Verifier } from '../mirror/index.ts';
import { formatManifest, isClearsigned, parseManifestKey } from '../spack/index.ts';
import type { BlobRecord, BuildcacheName, SpecFile } from '../spack/index.ts';
import { notaryError } from './errors.ts';
import type { Signer, SigningRequest } from './port.ts';
import type { SigningLog, SigningRecord } from './signing-log.ts';
import { createVerifier } from './verifier.ts';

export interface NotaryOptions {
  readonly signer: Signer;
  /** The protected mirror: where jobs' blobs lie, and signed manifests go. */
  readonly store: ObjectStore;
  readonly signingLog: SigningLog;
  readonly log: Logger;
  /** Told of each accepted package before `accept` resolves. */
  readonly index?: Pick<IndexPublisher, 'add'>;
  /** Which signatures count as already there; by default the signer's own. */
  readonly verifier?: Verifier;
  readonly limits?: ArchiveLimits;
}

export interface Accepted {
  /** The signed manifest as it is on the mirror. */
  readonly manifest: string;
  /** It was there before; nothing was signed. */
  readonly already: boolean;
}

/**
 * Signs at the door. `accept` checks an entry that a protected job pushed, signs it, writes the signed manifest and
 * adds it to the index; it throws when the entry is refused, and the mirror is then as it was. Calls for different
 * packages run at once, those for one package in turn. Accepting again what was accepted answers the same.
 */
export interface Notary {
  accept(request: SigningRequest): Promise<Accepted>;
}

export function createNotary(options: NotaryOptions): Notary {
  const desk: Desk = { ...options, verifier: options.verifier ?? createVerifier(options.signer.publicKey) };
  const turns = new Serial();
  return {
    async accept(request) {
      try {
        const id = identify(request);
        return await turns.run(id.hash, () => accept(desk, request, id));
      } catch (error) {
        const { stack, pipeline, job, key } = request;
        const code = error instanceof SlipwayError ? error.code : undefined;
        desk.log.warn({ stack, pipeline, job, key, code, err: error }, 'the notary refused an entry');
        throw error;
      }
    },
  };
}

type Desk = NotaryOptions & { readonly verifier: Verifier };

/** The package that is asked for: the object's name must be one, and the lock must have its hash under this name. */
function identify({ key, allowed, lockDigest, pipeline }: SigningRequest): BuildcacheName {
  const id = parseManifestKey(key);
  if (id === undefined) throw notaryError('NOTARY_NAME_REFUSED', { key: key.slice(0, 300) });
  if (allowed.get(id.hash) !== id.name)
    throw notaryError('NOTARY_NOT_IN_LOCK', { entry: entryName(id), lock: lockDigest, pipeline });
  return id;
}

async function accept(desk: Desk, request: SigningRequest, id: BuildcacheName): Promise<Accepted> {
  const entry = entryName(id);
  if (isClearsigned(request.manifest)) throw notaryError('NOTARY_ALREADY_SIGNED', { entry });
  const records = readRecords(request.manifest, entry);
  const present = await checkEntry(desk.store, id, { verifier: desk.verifier, requireSignature: true });
  if (present.state === 'valid') {
    const kept = present.entry.tarball.sha256;
    if (kept !== records.tarball.checksum) {
      desk.log.warn(
        { entry, kept, refused: records.tarball.checksum },
        'another tarball for a package that is signed already; the first one stays',
      );
      await desk.signingLog.append(recordOf(desk, request, { action: 'kept', id, tarball: records.tarball }));
    }
    await desk.index?.add(present.entry.spec);
    return { manifest: present.entry.text, already: true };
  }
  const { spec, text } = await check(desk, id, records);
  const manifest = await desk.signer.sign(text);
  // Written down before it can be seen: what is on the mirror is in the log.
  await desk.signingLog.append(recordOf(desk, request, { action: 'signed', id, tarball: records.tarball }));
  await desk.store.put(request.key, Buffer.from(manifest), { contentType: 'application/json' });
  await desk.index?.add(spec);
  desk.log.info({ entry, stack: request.stack, pipeline: request.pipeline, job: request.job }, 'entry signed');
  return { manifest, already: false };
}

/** Reads both blobs whole. The text to be signed is written anew from what was checked: nothing else of the job's gets a signature. */
async function check(desk: Desk, id: BuildcacheName, records: EntryRecords): Promise<{ spec: SpecFile; text: string }> {
  const spec = await readSpecBlob(desk.store, records.spec, id);
  const facts = await inspectTarball(desk.store, { id, record: records.tarball, limits: desk.limits });
  const { diffId: said = facts.diffId } = records.tarball;
  if (said !== facts.diffId)
    throw notaryError('NOTARY_DIFF_ID_WRONG', { entry: entryName(id), said, found: facts.diffId });
  const tarball: BlobRecord = { ...bare(records.tarball), diffId: facts.diffId };
  return { spec, text: formatManifest({ version: 3, data: [tarball, bare(records.spec)] }) };
}

function bare({ contentLength, mediaType, compression, checksumAlgorithm, checksum }: BlobRecord): BlobRecord {
  return { contentLength, mediaType, compression, checksumAlgorithm, checksum };
}

function recordOf(
  desk: Desk,
  request: SigningRequest,
  what: { action: SigningRecord['action']; id: BuildcacheName; tarball: BlobRecord },
): SigningRecord {
  const { stack, pipeline, job, lockDigest } = request;
  const { action, id, tarball } = what;
  return {
    action,
    stack,
    pipeline,
    job,
    lockDigest,
    ...id,
    tarball: tarball.checksum,
    fingerprint: desk.signer.fingerprint,
  };
}
