import * as z from 'zod';

/** DSSE, <https://github.com/secure-systems-lab/dsse>: how in-toto's statements are signed. */
export const envelopeType = 'application/vnd.dsse.envelope.v1+json';
export const statementType = 'application/vnd.in-toto+json';

export const Envelope = z.object({
  payloadType: z.string(),
  /** Base64. */
  payload: z.string(),
  signatures: z.array(z.object({ keyid: z.string().optional(), sig: z.string() })),
});
export type Envelope = z.infer<typeof Envelope>;

/** The text that is signed: "pre-authentication encoding". Lengths are bytes. */
export function signedText(payloadType: string, payload: string): string {
  return `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${Buffer.byteLength(payload)} ${payload}`;
}

export function makeEnvelope(payload: string, signature: string): Envelope {
  // No key id: cosign's verifiers go by the key that they are given.
  return {
    payloadType: statementType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: '', sig: signature }],
  };
}

/** The payload as text, and what was signed. */
export function openEnvelope({ payloadType, payload }: Envelope): { readonly text: string; readonly signed: string } {
  const text = Buffer.from(payload, 'base64').toString('utf8');
  return { text, signed: signedText(payloadType, text) };
}
