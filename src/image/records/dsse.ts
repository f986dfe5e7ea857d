import * as z from 'zod';
import { parseJson } from '../../kit/index.ts';
import { isSigned } from './cosign.ts';

/** DSSE, <https://github.com/secure-systems-lab/dsse>: how in-toto's statements are signed. */
export const envelopeType = 'application/vnd.dsse.envelope.v1+json';
export const statementType = 'application/vnd.in-toto+json';

const Envelope = z.object({
  payloadType: z.string(),
  /** Base64. */
  payload: z.string(),
  signatures: z.array(z.object({ sig: z.string() })),
});

/** The text that is signed: "pre-authentication encoding". Lengths are bytes. */
export function signedText(payloadType: string, payload: string): string {
  return `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${Buffer.byteLength(payload)} ${payload}`;
}

/** Returns the envelope of a statement. It has no key id: cosign's verifiers use the key on their command line. */
export function makeEnvelope(statement: string, signature: string): string {
  const payload = Buffer.from(statement).toString('base64');
  return JSON.stringify({ payloadType: statementType, payload, signatures: [{ keyid: '', sig: signature }] });
}

/** Returns the payload of an envelope that is signed with this key; undefined for anything else. */
export function openEnvelope(bytes: Buffer, publicKey: string | undefined): string | undefined {
  const envelope = Envelope.safeParse(parseJson(bytes.toString('utf8'))).data;
  if (envelope === undefined) return undefined;
  const text = Buffer.from(envelope.payload, 'base64').toString('utf8');
  const signed = Buffer.from(signedText(envelope.payloadType, text));
  return envelope.signatures.some(({ sig }) => isSigned(signed, sig, publicKey)) ? text : undefined;
}
