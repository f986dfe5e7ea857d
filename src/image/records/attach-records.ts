import { verify } from 'node:crypto';
import {
  attachReferrer,
  bytesBlob,
  jsonBytes,
  makeArtifact,
  readArtifact,
  type Artifact,
  type Blob,
  type Descriptor,
  type ImageTarget,
} from '../../oci/index.ts';
import type { Bill } from './bill.ts';
import {
  annotatedLayer,
  cosignConfig,
  cosignTag,
  predicateAnnotation,
  signatureAnnotation,
  signatureArtifactType,
  simpleSigning,
  simpleSigningType,
} from './cosign.ts';
import { cyclonedxDocument, cyclonedxType } from './cyclonedx.ts';
import { Envelope, envelopeType, makeEnvelope, openEnvelope, signedText, statementType } from './dsse.ts';
import { provenanceStatement, provenanceType, type BuildFacts } from './provenance.ts';
import { spdxDocument, spdxType } from './spdx.ts';

/** Signs a text with the key for images: the signature is base64 of DER, the key PEM. The notary is behind it. */
export type SignRecord = (text: string) => Promise<{ readonly signature: string; readonly publicKey: string }>;

export interface RecordsRequest {
  /** Manifest of the image; it need not be in the registry yet. */
  readonly image: Descriptor;
  readonly bill: Bill;
  readonly build: Omit<BuildFacts, 'bills'>;
  /** Without it the bills are attached and nothing is signed. */
  readonly sign?: SignRecord;
  /** PEM; a signature or provenance of this key that says the same is left as it is. */
  readonly publicKey?: string;
}

interface SignatureRequest extends Pick<RecordsRequest, 'image' | 'publicKey'> {
  readonly about: {
    /** Repository, without tag. */
    readonly name: string;
    /** SHA-256 of the locks that it is of, hexadecimal. */
    readonly locks: readonly string[];
    readonly commit?: string;
  };
}

interface AttachedRecords {
  /** Digest of each record's manifest, by its type. */
  readonly records: Readonly<Record<string, string>>;
}

/**
 * Attaches an image's records: both bills, the provenance and the signature, the last one last. They lie in the image's
 * repository as referrers, and where cosign looks for them. Safe to repeat: what is there already stays.
 */
export async function attachRecords(target: ImageTarget, request: RecordsRequest): Promise<AttachedRecords> {
  const { image, bill, sign } = request;
  const spdx = billArtifact(image, spdxType, spdxDocument(bill));
  const cyclonedx = billArtifact(image, cyclonedxType, cyclonedxDocument(bill));
  for (const artifact of [spdx, cyclonedx]) await attachReferrer(target, artifact);
  const records: Record<string, string> = {
    [spdxType]: spdx.manifest.descriptor.digest,
    [cyclonedxType]: cyclonedx.manifest.descriptor.digest,
  };
  if (sign === undefined) return { records };
  const bills = { [spdxType]: documentDigest(spdx), [cyclonedxType]: documentDigest(cyclonedx) };
  const statement = JSON.stringify(provenanceStatement(bill, { ...request.build, bills }));
  records[provenanceType] = await attachProvenance(target, request, { statement, sign });
  const { image: about } = bill;
  const signed = { image, about: { ...about, locks: [about.lockDigest] }, publicKey: request.publicKey };
  records[simpleSigningType] = await attachSignature(target, signed, sign);
  return { records };
}

/**
 * Attaches a statement of provenance to an image, or to an index of several, as `cosign attest` does; gives the digest
 * of its manifest.
 */
export async function attachProvenance(
  target: ImageTarget,
  { image, publicKey }: Pick<RecordsRequest, 'image' | 'publicKey'>,
  { statement, sign }: { statement: string; sign: SignRecord },
): Promise<string> {
  const tag = cosignTag(image.digest, 'att');
  const { kept, others } = await presentRecord(target, tag, ({ bytes }) => {
    const envelope = Envelope.parse(JSON.parse(bytes.toString('utf8')));
    const { text, signed } = openEnvelope(envelope);
    return text === statement && envelope.signatures.some(({ sig }) => isSigned(publicKey, signed, sig));
  });
  if (kept !== undefined) return kept;
  const { signature } = await sign(signedText(statementType, statement));
  const envelope = JSON.stringify(makeEnvelope(statement, signature));
  const layer = annotatedLayer(envelope, envelopeType, {
    [predicateAnnotation]: provenanceType,
    [signatureAnnotation]: '',
  });
  const layers = [...others, layer];
  const annotations = { [predicateAnnotation]: provenanceType };
  const config = cosignConfig(layers);
  return attach(
    target,
    makeArtifact({ artifactType: statementType, subject: image, layers, config, annotations }),
    tag,
  );
}

/**
 * Signs an image, or an index of several, as `cosign sign --key` does; gives the digest of the signature's manifest.
 */
export async function attachSignature(
  target: ImageTarget,
  { image, about, publicKey }: SignatureRequest,
  sign: SignRecord,
): Promise<string> {
  const tag = cosignTag(image.digest, 'sig');
  const text = simpleSigning({ reference: about.name, digest: image.digest }, annotationsFor(about));
  const { kept, others } = await presentRecord(target, tag, ({ bytes, descriptor }) => {
    const signature = descriptor.annotations?.[signatureAnnotation] ?? '';
    return bytes.toString('utf8') === text && isSigned(publicKey, text, signature);
  });
  if (kept !== undefined) return kept;
  const { signature } = await sign(text);
  const layer = annotatedLayer(text, simpleSigningType, { [signatureAnnotation]: signature });
  const layers = [...others, layer];
  return attach(
    target,
    makeArtifact({ artifactType: signatureArtifactType, subject: image, layers, config: cosignConfig(layers) }),
    tag,
  );
}

async function attach(target: ImageTarget, artifact: Artifact, tag: string): Promise<string> {
  await attachReferrer(target, artifact, [tag]);
  return artifact.manifest.descriptor.digest;
}

interface PresentRecord {
  /**
   * Digest of the record that the tag names, if it says what we would say; signing anew would only give other bytes.
   */
  readonly kept: string | undefined;
  /** What the tag's record holds, of ours or of others: it stays when something is added. */
  readonly others: readonly Blob[];
}

async function presentRecord(
  target: ImageTarget,
  tag: string,
  isSame: (layer: { bytes: Buffer; descriptor: Descriptor }) => boolean,
): Promise<PresentRecord> {
  const found = await readArtifact(target, tag);
  const layers = found?.layers ?? [];
  const isKept = layers.some((layer) => {
    try {
      return isSame(layer);
    } catch {
      return false;
    }
  });
  const others = layers.map(({ bytes, descriptor }) => ({ ...bytesBlob(bytes, descriptor.mediaType), descriptor }));
  return { kept: isKept ? found?.descriptor.digest : undefined, others };
}

function isSigned(publicKey: string | undefined, text: string, signature: string): boolean {
  return publicKey !== undefined && verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
}

function billArtifact(subject: Descriptor, type: string, document: object): Artifact {
  return makeArtifact({ artifactType: type, subject, layers: [bytesBlob(jsonBytes(document), type)] });
}

function documentDigest({ blobs }: Artifact): string {
  return blobs.at(-1)?.descriptor.digest ?? '';
}

/** What `cosign verify -a` can ask for. */
function annotationsFor({ locks, commit }: SignatureRequest['about']): Readonly<Record<string, string>> {
  return {
    [locks.length === 1 ? 'io.slipway.lock' : 'io.slipway.locks']: locks.map((one) => `sha256:${one}`).join(' '),
    ...(commit === undefined ? {} : { 'org.opencontainers.image.revision': commit }),
  };
}
