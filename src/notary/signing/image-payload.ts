import * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import type { ImageSigner } from '../keys/cosign-key.ts';
import { notaryError } from '../errors.ts';
import type { ImageSignature, ImageSigningRequest } from '../port.ts';
import type { SigningLog } from './signing-log.ts';

/** Cosign's "simple signing" document: which digest, under which name. */
const Payload = z.object({
  critical: z.object({
    identity: z.object({ 'docker-reference': z.string().max(512) }),
    image: z.object({ 'docker-manifest-digest': z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
    type: z.string(),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
});

/** An in-toto statement with the provenance of one image. */
const Statement = z.object({
  _type: z.string().regex(/^https:\/\/in-toto\.io\/Statement\/v/),
  subject: z.tuple([
    z.object({ name: z.string().max(512), digest: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }),
  ]),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: z.object({
    buildDefinition: z.object({
      internalParameters: z.object({ lock: z.string().optional(), pipeline: z.string().optional() }).optional(),
    }),
  }),
});

/** DSSE's "pre-authentication encoding" of such a statement. */
const ENCODED = /^DSSEv1 28 application\/vnd\.in-toto\+json (\d+) (.*)$/su;

export interface PayloadImage {
  /** `sha256:…` */
  readonly digest: string;
  /** Repository with its registry. */
  readonly reference: string;
  /** SHA-256 of the locks that the payload names. */
  readonly locks: readonly string[];
  /** The pipeline that the payload names. */
  readonly pipeline?: string;
}

/**
 * Signs nothing but cosign's document or a statement of provenance, of an image that was checked, and logs which image
 * it names.
 */
export async function signImagePayload(
  { stack, pipeline, payload, ...request }: ImageSigningRequest,
  { key, signingLog, check }: ImageSigning,
): Promise<ImageSignature> {
  const image = readPayload(payload);
  await check(image);
  const { digest, reference } = image;
  const signature = await key.sign(payload);
  const locks = request.locks.map((lock) => lock.digest);
  await signingLog.append({ action: 'image', stack, pipeline, image: digest, reference, locks, fingerprint: key.id });
  return { signature, publicKey: key.publicKey };
}

interface ImageSigning {
  readonly key: ImageSigner;
  readonly signingLog: SigningLog;
  /** Throws unless the image may be signed. */
  readonly check: (image: PayloadImage) => Promise<void>;
}

function readPayload(payload: string): PayloadImage {
  try {
    const [, size, statement] = ENCODED.exec(payload) ?? [];
    if (statement !== undefined) return readStatement(statement, Number(size));
    const { critical, optional } = Payload.parse(JSON.parse(payload));
    return {
      digest: critical.image['docker-manifest-digest'],
      reference: critical.identity['docker-reference'],
      locks: digestsIn(JSON.stringify([optional?.['io.slipway.lock'], optional?.['io.slipway.locks']])),
    };
  } catch (error) {
    throw notaryError('NOTARY_PAYLOAD_REFUSED', { reason: messageOf(error).slice(0, 300) }, { cause: error });
  }
}

function readStatement(text: string, size: number): PayloadImage {
  if (Buffer.byteLength(text) !== size) throw new Error('the statement has another length than it declares');
  const { subject, predicate } = Statement.parse(JSON.parse(text));
  const [{ name, digest }] = subject;
  const { lock = '', pipeline } = predicate.buildDefinition.internalParameters ?? {};
  return { digest: `sha256:${digest.sha256}`, reference: name, locks: digestsIn(lock), pipeline };
}

function digestsIn(text: string): readonly string[] {
  return [...text.matchAll(/sha256:([0-9a-f]{64})/g)].map(([, hex = '']) => hex);
}
