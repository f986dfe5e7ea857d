import { SlipwayError } from '../kit/index.ts';
import { mirrorError } from './errors.ts';

/**
 * Checks a clearsigned text against the trusted keys, and returns only what the signature covers, with
 * the signing key's fingerprint (40 upper-case hexadecimal digits). Otherwise throws `signatureError(…)`.
 * `notary` implements it.
 */
export type Verifier = (text: string) => Promise<{ readonly payload: string; readonly fingerprint: string }>;

type SignatureFault = 'MALFORMED' | 'INVALID' | 'KEY_UNKNOWN' | 'KEY_EXPIRED';

/** The error that a verifier throws. `verifyNamed` adds the name of the text. */
export function signatureError(fault: SignatureFault, details: { reason?: string; key?: string }): SlipwayError {
  return mirrorError(`MIRROR_SIGNATURE_${fault}`, { entry: 'the text', reason: '', key: '', ...details });
}

/** Checks a signature beside what it signs; throws as a verifier does. */
export type DetachedVerifier = (bytes: Uint8Array, signature: string) => Promise<{ readonly fingerprint: string }>;

/** Runs a verifier, and puts the entry's name into what it throws. */
export async function verifyNamed(verifier: Verifier, text: string, entry: string): ReturnType<Verifier> {
  return signedBy(() => verifier(text), entry);
}

/** The same for any way of verifying. */
export async function signedBy<T>(verify: () => Promise<T>, entry: string): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof SlipwayError) || !(error.code in mirrorError.table)) throw error;
    throw mirrorError(error.code as keyof typeof mirrorError.table, { ...error.details, entry }, { cause: error });
  }
}
