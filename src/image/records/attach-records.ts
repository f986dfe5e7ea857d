import {
  attachReferrer,
  bytesBlob,
  jsonBytes,
  makeArtifact,
  readArtifact,
  type ArtifactLayer,
  type Blob,
  type Descriptor,
  type ImageTarget,
} from '../../oci/index.ts';
import type { Bill, BillImage } from './bill.ts';
import {
  annotatedLayer,
  cosignConfig,
  cosignTag,
  isSigned,
  predicateAnnotation,
  signatureAnnotation,
  signatureArtifactType,
  simpleSigning,
  simpleSigningType,
} from './cosign.ts';
import { cyclonedxDocument, cyclonedxType } from './cyclonedx.ts';
import { envelopeType, makeEnvelope, openEnvelope, signedText, statementType } from './dsse.ts';
import { imageStatement, provenanceType, type BuildFacts } from './provenance.ts';
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
  /** PEM; a signature or provenance of this key with the same content stays as it is. */
  readonly publicKey?: string;
}

/**
 * Attaches an image's records: both bills, the provenance and the signature, the last one last. They are in the image's
 * repository as referrers, and where cosign looks for them. Safe to repeat: what is there already stays.
 */
export async function attachRecords(target: ImageTarget, request: RecordsRequest): Promise<void> {
  const { image, bill, build, sign, publicKey } = request;
  const bills: Record<string, string> = {};
  for (const [type, document] of [
    [spdxType, spdxDocument(bill)],
    [cyclonedxType, cyclonedxDocument(bill)],
  ] as const) {
    const layer = bytesBlob(jsonBytes(document), type);
    await attachReferrer(target, makeArtifact({ artifactType: type, subject: image, layers: [layer] }));
    bills[type] = layer.descriptor.digest;
  }
  if (sign === undefined) return;
  const statement = imageStatement(bill, { ...build, bills });
  await attachSigned(target, { image, about: bill.image, statement, sign, publicKey });
}

interface SignedRequest extends Pick<RecordsRequest, 'image' | 'publicKey'> {
  readonly about: BillImage;
  /** The provenance, an in-toto statement. */
  readonly statement: string;
  readonly sign: SignRecord;
}

/** Attaches the provenance and the signature of an image or an index, as `cosign attest` and `cosign sign --key` do. */
export async function attachSigned(target: ImageTarget, request: SignedRequest): Promise<void> {
  const { image, about, statement, sign, publicKey } = request;
  const annotations = { [predicateAnnotation]: provenanceType };
  await attach(target, image, {
    suffix: 'att',
    artifactType: statementType,
    annotations,
    isSame: ({ bytes }) => openEnvelope(bytes, publicKey) === statement,
    make: async () => {
      const { signature } = await sign(signedText(statementType, statement));
      const layer = makeEnvelope(statement, signature);
      return annotatedLayer(layer, envelopeType, { ...annotations, [signatureAnnotation]: '' });
    },
  });
  const text = simpleSigning(about);
  await attach(target, image, {
    suffix: 'sig',
    artifactType: signatureArtifactType,
    isSame: ({ bytes, descriptor }) =>
      bytes.toString('utf8') === text &&
      isSigned(bytes, descriptor.annotations?.[signatureAnnotation] ?? '', publicKey),
    make: async () => annotatedLayer(text, simpleSigningType, { [signatureAnnotation]: (await sign(text)).signature }),
  });
}

interface CosignRecord {
  readonly suffix: 'att' | 'sig';
  readonly artifactType: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether an attached layer has the same content; signing it again would only change the bytes. */
  isSame(layer: ArtifactLayer): boolean;
  make(): Promise<Blob>;
}

/** Adds a layer to the record that a tag of cosign's names. What the record holds, of ours or of others, stays. */
async function attach(
  target: ImageTarget,
  subject: Descriptor,
  { suffix, artifactType, annotations, isSame, make }: CosignRecord,
): Promise<void> {
  const tag = cosignTag(subject.digest, suffix);
  const present = (await readArtifact(target, tag))?.layers ?? [];
  if (present.some(isSame)) return;
  const layers = [...present.map(layerBlob), await make()];
  const config = cosignConfig(layers);
  await attachReferrer(target, makeArtifact({ artifactType, subject, layers, config, annotations }), [tag]);
}

/** A layer that was read, to be written again as it is. */
export function layerBlob({ bytes, descriptor }: ArtifactLayer): Blob {
  return { ...bytesBlob(bytes, descriptor.mediaType), descriptor };
}
