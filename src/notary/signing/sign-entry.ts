import type { Logger } from '../../kit/index.ts';
import {
  checkEntry,
  entryName,
  inspectTarball,
  readRecords,
  readSpecBlob,
  type Entry,
  type EntryRecords,
  type Verifier,
} from '../../mirror/index.ts';
import {
  formatManifest,
  formatV2SpecFile,
  isClearsigned,
  manifestKey,
  signedPayload,
  type BlobRecord,
  type BuildcacheName,
} from '../../spack/index.ts';
import { notaryError } from '../errors.ts';
import type { Attestation, RenewalRequest, Signer, SigningRequest } from '../port.ts';
import type { SignedStack } from './signed-stack.ts';
import type { EntryRecord } from './signing-record.ts';

/** An entry that is to be signed, and what it is signed with. */
export interface EntrySigning<Request = SigningRequest | RenewalRequest> {
  readonly stack: SignedStack;
  readonly request: Request;
  readonly id: BuildcacheName;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly log: Logger;
}

/** Checks an entry that a job pushed, and signs it; one that is signed already stays. */
export async function attest(signing: EntrySigning<SigningRequest>): Promise<Attestation> {
  const { request, id, log } = signing;
  const entry = entryName(id);
  if (isClearsigned(request.manifest)) throw notaryError('NOTARY_ALREADY_SIGNED', { entry });
  const records = readRecords(request.manifest, entry);
  const present = await presentEntry(signing);
  if (present !== undefined) return attestPresent(signing, records, present);
  const signed = await sign(signing, records);
  // Logged before it is visible: everything on the mirror is in the log.
  await append(signing, 'signed', records);
  log.info({ entry, stack: request.stack, pipeline: request.pipeline, job: request.job }, 'entry signed');
  return signed;
}

/** A valid signature stays as it is; otherwise what was signed before is checked and signed again. */
export async function renew(signing: EntrySigning<RenewalRequest>): Promise<Attestation> {
  const { stack, request, id, signer, log } = signing;
  const entry = entryName(id);
  const text = (await stack.store.get(manifestKey(id)))?.toString();
  if (text === undefined) throw notaryError('NOTARY_ENTRY_MISSING', { stack: request.stack, entry });
  const records = readRecords(isClearsigned(text) ? signedPayload(text) : text, entry);
  if ((await presentEntry(signing)) !== undefined)
    return withSpecFile(signing, records, { manifest: text, already: true });
  const tarball = records.tarball.checksum;
  if (stack.signingLog.memory.package(id.hash)?.tarball !== tarball)
    throw notaryError('NOTARY_NOT_IN_LOG', { entry, tarball });
  const signed = await sign(signing, records);
  const { fingerprint } = signer;
  await stack.signingLog.append({ action: 'renewed', stack: request.stack, ...id, tarball, fingerprint });
  log.info({ entry, stack: request.stack, key: fingerprint }, 'entry signed again');
  return signed;
}

/** The entry on the mirror, if it is validly signed. */
async function presentEntry({ stack, id, verifier }: EntrySigning): Promise<Entry | undefined> {
  const found = await checkEntry(stack.store, id, { verifier, requireSignature: true });
  return found.state === 'valid' ? found.entry : undefined;
}

/** The first entry stays, even if another job pushes other bytes for the same hash. */
async function attestPresent(
  signing: EntrySigning<SigningRequest>,
  records: EntryRecords,
  present: Entry,
): Promise<Attestation> {
  const entry = entryName(signing.id);
  const kept = present.tarball.sha256;
  const refused = records.tarball.checksum;
  if (kept !== refused) {
    signing.log.warn(
      { entry, kept, refused },
      'another tarball for a package that is signed already; the first one stays',
    );
    await append(signing, 'kept', records);
  }
  const keptRecords = readRecords(formatManifest(present.manifest), entry);
  return withSpecFile(signing, keptRecords, { manifest: present.text, already: true });
}

async function sign(signing: EntrySigning, records: EntryRecords): Promise<Attestation> {
  const manifest = await signing.signer.sign(await check(signing, records));
  return withSpecFile(signing, records, { manifest, already: false });
}

/** Adds the spec file of layout v2 (`….spec.json`) with the content of the entry's manifest and spec blob. */
async function withSpecFile(
  { stack, request, id, signer }: EntrySigning,
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
async function check({ stack, id }: EntrySigning, { spec, tarball }: EntryRecords): Promise<string> {
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
  { stack, request, id, signer }: EntrySigning<SigningRequest>,
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
