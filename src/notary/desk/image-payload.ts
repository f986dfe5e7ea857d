import * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import type { CosignKey } from '../keys/cosign-key.ts';
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
  optional: z.unknown().optional(),
});

/** An in-toto statement about one image: what its provenance says. */
const Statement = z.object({
  _type: z.string().regex(/^https:\/\/in-toto\.io\/Statement\/v/),
  subject: z.tuple([
    z.object({ name: z.string().max(512), digest: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }),
  ]),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
});

/** DSSE's "pre-authentication encoding" of such a statement. */
const ENCODED = /^DSSEv1 28 application\/vnd\.in-toto\+json (\d+) (.*)$/su;

interface NamedImage {
  /** `sha256:…` */
  readonly digest: string;
  readonly reference: string;
}

/** Signs nothing but cosign's document or a statement of provenance, and writes down which image it names. */
export async function signImagePayload(
  { stack, pipeline, payload }: ImageSigningRequest,
  { key, signingLog }: { key: CosignKey; signingLog: SigningLog },
): Promise<ImageSignature> {
  const { digest, reference } = readPayload(payload);
  const signature = key.sign(payload);
  await signingLog.append({
    action: 'image',
    stack,
    pipeline,
    image: digest,
    reference,
    fingerprint: key.id,
  });
  return { signature, publicKey: key.publicKey };
}

function readPayload(payload: string): NamedImage {
  try {
    const [, size, statement] = ENCODED.exec(payload) ?? [];
    if (statement !== undefined) return readStatement(statement, Number(size));
    const { critical } = Payload.parse(JSON.parse(payload));
    return {
      digest: critical.image['docker-manifest-digest'],
      reference: critical.identity['docker-reference'],
    };
  } catch (error) {
    throw notaryError('NOTARY_PAYLOAD_REFUSED', { reason: messageOf(error).slice(0, 300) }, { cause: error });
  }
}

function readStatement(text: string, size: number): NamedImage {
  if (Buffer.byteLength(text) !== size) throw new Error('the statement has another length than it says');
  const [{ name, digest }] = Statement.parse(JSON.parse(text)).subject;
  return { digest: `sha256:${digest.sha256}`, reference: name };
}
