import * as z from 'zod';
import { parseJson } from '../../kit/index.ts';
import {
  hexOf,
  listReferrers,
  readArtifact,
  type ArtifactLayer,
  type Image,
  type ImageSource,
} from '../../oci/index.ts';
import { lockLabel, platformOf, platformText, type ImageSet } from '../publish/publishable.ts';
import { cosignTag, isSigned, signatureAnnotation, signedDigest, simpleSigningType } from './cosign.ts';
import { cyclonedxType } from './cyclonedx.ts';
import { envelopeType, openEnvelope } from './dsse.ts';
import { layerOrigins } from './layer-origins.ts';
import { provenanceType } from './provenance.ts';
import { spdxType } from './spdx.ts';

/** Something about an image's records that is not as it should be. */
export interface RecordFinding {
  readonly kind: 'signature' | 'provenance' | 'bill' | 'layer' | 'lock';
  readonly where: string;
  readonly message: string;
}

/** As much of the provenance as is compared with the image. */
const Statement = z.object({
  subject: z.array(z.object({ digest: z.object({ sha256: z.string() }) })),
  predicateType: z.literal(provenanceType),
  predicate: z.object({
    buildDefinition: z.object({
      externalParameters: z.looseObject({ root: z.string().optional() }).default({}),
      internalParameters: z.object({ lock: z.string().optional() }),
      resolvedDependencies: z.array(
        z.object({
          name: z.string(),
          digest: z.object({ sha256: z.string().optional(), gitCommit: z.string().optional() }),
          annotations: z.looseObject({ hash: z.string().optional(), signedBy: z.string().optional() }).optional(),
        }),
      ),
    }),
    runDetails: z.object({
      byproducts: z.array(z.object({ mediaType: z.string(), digest: z.object({ sha256: z.string() }) })).default([]),
    }),
  }),
});
type Statement = z.infer<typeof Statement>;

/** A mirror's entry that went into an image, as the signed provenance has it. */
export interface ProvenanceEntry {
  /** `name@version/hash` */
  readonly name: string;
  readonly hash: string;
  /** Of the tarball, hexadecimal. */
  readonly sha256: string;
  /** Fingerprint of the key that had signed it. */
  readonly signedBy: string | undefined;
}

export interface RecordsReport {
  readonly findings: readonly RecordFinding[];
  /** From the provenance whose signature held; without one there are none. */
  readonly entries: readonly ProvenanceEntry[];
  readonly lock: string | undefined;
  readonly commit: string | undefined;
  /** The install tree in the image, where packages were relocated to one. */
  readonly root?: string;
}

/**
 * Checks an image's records against the image: the signature, the provenance and its signature, that the bills
 * are those that the provenance names, and that every layer of packages is made of entries that it names and that were
 * signed. Only what is signed with this key (PEM) is believed.
 */
export async function verifyRecords(source: ImageSource, image: Image, publicKey: string): Promise<RecordsReport> {
  const { digest } = image.manifest.descriptor;
  const { findings, statement } = await readSigned(source, digest, publicKey);
  if (statement === undefined) return { findings, entries: [], lock: undefined, commit: undefined };
  const { buildDefinition, runDetails } = statement.predicate;
  const { lock } = buildDefinition.internalParameters;
  const entries = entriesOf(statement);
  findings.push(...checkLayers(image, entries), ...checkLock(image, lock));
  findings.push(...(await checkBills(source, digest, runDetails.byproducts)));
  const commit = buildDefinition.resolvedDependencies.find((one) => one.digest.gitCommit !== undefined);
  const { root } = buildDefinition.externalParameters;
  return { findings, entries, lock, commit: commit?.digest.gitCommit, root };
}

/**
 * Checks the signature and the provenance of an index: it names each image, as it is, for the platform that it is for.
 */
export async function verifyIndex(
  source: ImageSource,
  { index, images }: ImageSet,
  publicKey: string,
): Promise<readonly RecordFinding[]> {
  const { findings, statement } = await readSigned(source, index.descriptor.digest, publicKey);
  if (statement === undefined) return findings;
  const named = statement.predicate.buildDefinition.resolvedDependencies.map(
    (one) => `${one.name} sha256:${one.digest.sha256}`,
  );
  for (const image of images) {
    const where = platformText(platformOf(image));
    if (!named.includes(`${where} ${image.manifest.descriptor.digest}`))
      findings.push({ kind: 'provenance', where, message: 'the provenance of the index does not name this image' });
  }
  return findings;
}

interface SignedRecords {
  readonly findings: RecordFinding[];
  /** The provenance, if it is signed. */
  readonly statement: Statement | undefined;
}

/** Reads the signature and the provenance of an image or an index, and checks that this key signed them. */
async function readSigned(source: ImageSource, digest: string, publicKey: string): Promise<SignedRecords> {
  const findings: RecordFinding[] = [];
  const [sig, att] = [cosignTag(digest, 'sig'), cosignTag(digest, 'att')];
  const signatures = await readArtifact(source, sig);
  const signed = signatures?.layers.filter((layer) => isSignature(layer, publicKey));
  const fail = (kind: RecordFinding['kind'], where: string, message: string) => findings.push({ kind, where, message });
  if (signed === undefined) fail('signature', sig, 'the image is not signed');
  else if (signed.length === 0)
    fail('signature', sig, `none of its ${signatures?.layers.length} signatures is of this key`);
  else if (!signed.some(({ bytes }) => signedDigest(bytes) === digest))
    fail('signature', sig, 'what is signed there is another image');
  const attestations = await readArtifact(source, att);
  const statements = attestations?.layers.flatMap((layer) => readStatement(layer, publicKey) ?? []);
  const statement = statements?.findLast(({ subject }) => subject.some((one) => one.digest.sha256 === hexOf(digest)));
  if (statements === undefined) fail('provenance', att, 'the image has no provenance');
  else if (statements.length === 0) fail('provenance', att, 'no provenance there is signed with this key');
  else if (statement === undefined) fail('provenance', att, 'the provenance there is of another image');
  return { findings, statement };
}

function isSignature({ bytes, descriptor }: ArtifactLayer, publicKey: string): boolean {
  const signature = descriptor.annotations?.[signatureAnnotation];
  const isText = descriptor.mediaType === simpleSigningType;
  return isText && signature !== undefined && isSigned(bytes, signature, publicKey);
}

/** Records of other kinds, and of others, are skipped. */
function readStatement({ bytes, descriptor }: ArtifactLayer, publicKey: string): Statement | undefined {
  const text = descriptor.mediaType === envelopeType ? openEnvelope(bytes, publicKey) : undefined;
  return text === undefined ? undefined : Statement.safeParse(parseJson(text)).data;
}

function entriesOf({ predicate }: Statement): readonly ProvenanceEntry[] {
  return predicate.buildDefinition.resolvedDependencies.flatMap(({ name, digest, annotations }) => {
    const [hash, sha256] = [annotations?.hash, digest.sha256];
    return hash === undefined || sha256 === undefined ? [] : [{ name, hash, sha256, signedBy: annotations?.signedBy }];
  });
}

function checkLayers(image: Image, entries: readonly ProvenanceEntry[]): readonly RecordFinding[] {
  return layerOrigins(image).flatMap(({ packages }, index) => {
    const where = `layer ${index + 1}`;
    const fail = (message: string): RecordFinding => ({ kind: 'layer', where, message });
    return packages.flatMap((name) => {
      const entry = entries.find((one) => one.name === name || one.name.startsWith(name));
      if (entry === undefined) return [fail(`the provenance does not name its package ${name}`)];
      return entry.signedBy === undefined ? [fail(`its package ${entry.name} was not signed`)] : [];
    });
  });
}

function checkLock(image: Image, lock: string | undefined): readonly RecordFinding[] {
  const label = lockLabel(image);
  if (lock !== undefined && label === lock) return [];
  const message = `it is ${label ?? 'missing'}, in the provenance it is ${lock ?? 'missing'}`;
  return [{ kind: 'lock', where: 'label io.slipway.lock', message }];
}

async function checkBills(
  source: ImageSource,
  digest: string,
  named: Statement['predicate']['runDetails']['byproducts'],
): Promise<readonly RecordFinding[]> {
  const types = [spdxType, cyclonedxType];
  const attached = new Set<string>();
  for (const { digest: one, artifactType: type = '' } of await listReferrers(source, digest)) {
    const found = types.includes(type) ? await readArtifact(source, one) : undefined;
    for (const { descriptor } of found?.layers ?? []) attached.add(`${type} ${hexOf(descriptor.digest)}`);
  }
  return types.flatMap((type): readonly RecordFinding[] => {
    const bill = named.find(({ mediaType }) => mediaType === type)?.digest.sha256;
    if (attached.has(`${type} ${bill}`)) return [];
    const message =
      bill === undefined
        ? 'the provenance names no such bill of materials'
        : 'the bill of materials that the provenance names is not attached';
    return [{ kind: 'bill', where: type, message }];
  });
}
