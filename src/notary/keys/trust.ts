import { hasCode } from '../../kit/index.ts';
import { invalidKeys, trustedKeys, type DetachedVerifier, type Verifier } from '../../mirror/index.ts';
import { readPublicKeys } from './openpgp-key.ts';
import { createDetachedVerifier, createVerifier } from './verifier.ts';

export interface TrustRequest {
  /** The armored public keys that entries must be signed with, or a file that contains them. */
  readonly keys?: string;
  /** Accepts entries without a signature too, as the mirror of a pull request has them. */
  readonly unsigned?: boolean;
  /** The folder from which the path of a file of keys is meant. */
  readonly cwd: string;
}

interface Trust<Verify = Verifier> {
  readonly verifier?: Verify;
  readonly requireSignature: boolean;
}

/** Reads what the entries of a mirror must be signed with. */
export async function readTrust(request: TrustRequest): Promise<Trust> {
  return trustOf(request, createVerifier);
}

/** The same where checking signatures is optional: without keys, signed and unsigned entries are read unchecked. */
export async function readOptionalTrust(request: TrustRequest): Promise<Trust> {
  const trust = await readTrust(request);
  return trust.verifier === undefined ? { requireSignature: false } : trust;
}

/** The same for signatures in files beside what they sign, as mirrors of Spack up to 0.18 have them. */
export async function readDetachedTrust(request: TrustRequest): Promise<Trust<DetachedVerifier>> {
  return trustOf(request, createDetachedVerifier);
}

async function trustOf<Verify>(
  { keys: value = '', unsigned = false, cwd }: TrustRequest,
  create: (keys: string) => Verify,
): Promise<Trust<Verify>> {
  const keys = await trustedKeys(value, cwd);
  if (keys !== undefined) await checkKeys(keys, value);
  return { verifier: keys === undefined ? undefined : create(keys), requireSignature: !unsigned };
}

async function checkKeys(keys: string, value: string): Promise<void> {
  await readPublicKeys(keys).catch((error: unknown) => {
    if (!hasCode(error, 'NOTARY_KEY_UNREADABLE')) throw error;
    throw invalidKeys(value, 'its key block is damaged', error);
  });
}
