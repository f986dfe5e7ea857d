import { z } from 'zod';
import { messageOf } from '../kit/index.ts';
import type { CosignKey } from './cosign-key.ts';
import { notaryError } from './errors.ts';
import type { ImageSignature, ImageSigningRequest } from './port.ts';
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

/** Signs nothing but such a document, and writes down which image it names. */
export async function signImagePayload(
  { stack, pipeline, payload }: ImageSigningRequest,
  { key, signingLog }: { key: CosignKey; signingLog: SigningLog },
): Promise<ImageSignature> {
  const { critical } = readPayload(payload);
  const signature = key.sign(payload);
  await signingLog.append({
    action: 'image',
    stack,
    pipeline,
    image: critical.image['docker-manifest-digest'],
    reference: critical.identity['docker-reference'],
    fingerprint: key.id,
  });
  return { signature, publicKey: key.publicKey };
}

function readPayload(payload: string): z.infer<typeof Payload> {
  try {
    return Payload.parse(JSON.parse(payload));
  } catch (error) {
    throw notaryError('NOTARY_PAYLOAD_REFUSED', { reason: messageOf(error).slice(0, 300) }, { cause: error });
  }
}
