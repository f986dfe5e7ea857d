import { verify } from 'node:crypto';
import * as z from 'zod';
import {
  hexOf,
  listReferrers,
  readArtifact,
  type ArtifactLayer,
  type Image,
  type ImageSource,
} from '../../oci/index.ts';
import { platformOf, platformText, type ImageSet } from '../publish/publishable.ts';
import { cosignTag, signatureAnnotation, signedImage, simpleSigningType } from './cosign.ts';
import { cyclonedxType } from './cyclonedx.ts';
import { Envelope, envelopeType, openEnvelope } from './dsse.ts';
import { layerOrigins } from './layer-origins.ts';
import { provenanceType } from './provenance.ts';
import { spdxType } from './spdx.ts';

/** Something about an image's records that is not as it should be. */
export interface RecordFinding {
  readonly kind: 'signature' | 'provenance' | 'bill' | 'layer' | 'lock';
  readonly where: string;
  readonly message: string;
}

const LOCK = 'io.slipway.lock';

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
 * Checks what an image's records say against the image: the signature, the provenance and its signature, that the bills
 * are those that the provenance names, and that every layer of packages is made of entries that it names and that were
 * signed. Only what is signed with this key (PEM) is believed.
 */
export async function verifyRecords(source: ImageSource, image: Image, publicKey: string): Promise<RecordsReport> {
  const findings: RecordFinding[] = [];
  const { digest } = image.manifest.descriptor;
  findings.push(...(await checkSignature(source, digest, publicKey)));
  const statement = await readProvenance(source, digest, publicKey);
  if ('kind' in statement)
    return { findings: [...findings, statement], entries: [], lock: undefined, commit: undefined };
  const { buildDefinition, runDetails } = statement.predicate;
  const entries = entriesOf(statement);
  findings.push(...checkLayers(image, entries), ...checkLock(image, buildDefinition.internalParameters.lock));
  findings.push(...(await checkBills(source, digest, runDetails.byproducts)));
  const commit = buildDefinition.resolvedDependencies.find((one) => one.digest.gitCommit !== undefined);
  return {
    findings,
    entries,
    lock: buildDefinition.internalParameters.lock,
    commit: commit?.digest.gitCommit,
    root: buildDefinition.externalParameters.root,
  };
}

/**
 * Checks the signature and the provenance of an index: it names each image, as it is, for the platform that it is for.
 */
export async function verifyIndex(
  source: ImageSource,
  { index, images }: ImageSet,
  publicKey: string,
): Promise<readonly RecordFinding[]> {
  const { digest } = index.descriptor;
  const findings = await checkSignature(source, digest, publicKey);
  const statement = await readProvenance(source, digest, publicKey);
  if ('kind' in statement) return [...findings, statement];
  const named = statement.predicate.buildDefinition.resolvedDependencies.map(
    (one) => `${one.name} sha256:${one.digest.sha256}`,
  );
  const unnamed = images.flatMap((image): readonly RecordFinding[] => {
    const where = platformText(platformOf(image));
    const isNamed = named.includes(`${where} ${image.manifest.descriptor.digest}`);
    return isNamed
      ? []
      : [{ kind: 'provenance', where, message: 'the provenance of the index does not name this image' }];
  });
  return [...findings, ...unnamed];
}

async function checkSignature(
  source: ImageSource,
  digest: string,
  publicKey: string,
): Promise<readonly RecordFinding[]> {
  const where = cosignTag(digest, 'sig');
  const fail = (message: string): RecordFinding[] => [{ kind: 'signature', where, message }];
  const found = await readArtifact(source, where);
  if (found === undefined) return fail('the image is not signed');
  const ours = found.layers.filter((layer) => isSigned(layer, publicKey));
  if (ours.length === 0) return fail(`none of its ${found.layers.length} signatures is of this key`);
  const signed = ours.map(({ bytes }) => signedImage(bytes.toString('utf8')));
  return signed.some((one) => one?.digest === digest) ? [] : fail('what is signed there is another image');
}

function isSigned({ bytes, descriptor }: ArtifactLayer, publicKey: string): boolean {
  const signature = descriptor.annotations?.[signatureAnnotation];
  return (
    descriptor.mediaType === simpleSigningType &&
    signature !== undefined &&
    verify('sha256', bytes, publicKey, Buffer.from(signature, 'base64'))
  );
}

async function readProvenance(
  source: ImageSource,
  digest: string,
  publicKey: string,
): Promise<Statement | RecordFinding> {
  const where = cosignTag(digest, 'att');
  const fail = (message: string): RecordFinding => ({ kind: 'provenance', where, message });
  const found = await readArtifact(source, where);
  if (found === undefined) return fail('the image has no provenance');
  const statements = found.layers.flatMap((layer) => signedStatements(layer, publicKey));
  if (statements.length === 0) return fail('no provenance there is signed with this key');
  const own = statements.filter((one) => one.subject.some(({ digest: { sha256 } }) => sha256 === hexOf(digest)));
  return own.at(-1) ?? fail('the provenance there is of another image');
}

function signedStatements({ bytes, descriptor }: ArtifactLayer, publicKey: string): readonly Statement[] {
  if (descriptor.mediaType !== envelopeType) return [];
  try {
    const envelope = Envelope.parse(JSON.parse(bytes.toString('utf8')));
    const { text, signed } = openEnvelope(envelope);
    const isOurs = envelope.signatures.some(({ sig }) =>
      verify('sha256', Buffer.from(signed), publicKey, Buffer.from(sig, 'base64')),
    );
    return isOurs ? [Statement.parse(JSON.parse(text))] : [];
  } catch (error) {
    // A record of another kind, of somebody else, is none of our business.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return [];
    throw error;
  }
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
  const { annotations } = JSON.parse(image.manifest.bytes.toString('utf8')) as { annotations?: Record<string, string> };
  // Of an image that a Dockerfile built only the manifest is ours to write.
  const label = image.config.config?.Labels?.[LOCK] ?? annotations?.[LOCK];
  if (lock !== undefined && label === lock) return [];
  return [
    {
      kind: 'lock',
      where: `label ${LOCK}`,
      message: `it is ${label ?? 'missing'}, the provenance says ${lock ?? 'none'}`,
    },
  ];
}

async function checkBills(
  source: ImageSource,
  digest: string,
  named: readonly { mediaType: string; digest: { sha256: string } }[],
): Promise<readonly RecordFinding[]> {
  const referrers = await listReferrers(source, digest);
  const findings: RecordFinding[] = [];
  for (const type of [spdxType, cyclonedxType]) {
    const wanted = named.find(({ mediaType }) => mediaType === type)?.digest.sha256;
    const fail = (message: string): void => void findings.push({ kind: 'bill', where: type, message });
    if (wanted === undefined) fail('the provenance names no such bill of materials');
    else if (
      !(await isAttached(
        source,
        referrers.filter(({ artifactType }) => artifactType === type),
        wanted,
      ))
    )
      fail('the bill of materials that the provenance names is not attached');
  }
  return findings;
}

async function isAttached(
  source: ImageSource,
  candidates: readonly { readonly digest: string }[],
  sha256: string,
): Promise<boolean> {
  for (const { digest } of candidates) {
    const found = await readArtifact(source, digest);
    if (found?.layers.some(({ descriptor }) => hexOf(descriptor.digest) === sha256) === true) return true;
  }
  return false;
}
