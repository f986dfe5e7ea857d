import {
  createMessage,
  readCleartextMessage,
  readSignature,
  verify as verifyMessage,
  type Key,
  type KeyID,
  type VerifyMessageResult,
  type VerifyOptions,
} from 'openpgp';
import { messageOf, systemClock, type Clock } from '../../kit/index.ts';
import { signatureError, type DetachedVerifier, type Verifier } from '../../mirror/index.ts';
import { fingerprintOf, readKeyObjects } from './openpgp-key.ts';

// Signatures of a machine whose clock is ahead by less than this do not count as signatures from the future.
const CLOCK_SKEW_MS = 3_600_000;

const MARKERS = ['-----BEGIN PGP SIGNED MESSAGE-----', '-----BEGIN PGP SIGNATURE-----', '-----END PGP SIGNATURE-----'];

interface VerifierOptions {
  readonly clock?: Clock;
}

/**
 * A verifier that accepts clearsigned texts of these keys (armored, any number of blocks) and of no other. The text
 * must be one signed message and nothing else; the verifier returns what the signature covers.
 */
export function createVerifier(publicKeys: string | readonly string[], options?: VerifierOptions): Verifier {
  const check = checker(publicKeys, options);
  return async (text) => {
    refuseMalformed(text);
    const message = await readCleartextMessage({ cleartextMessage: text }).catch(malformed);
    return check(message.getSigningKeyIDs(), (how) => verifyMessage({ message, ...how }));
  };
}

/** The same for signatures in files beside what they sign, as Spack up to 0.18 wrote them. */
export function createDetachedVerifier(
  publicKeys: string | readonly string[],
  options?: VerifierOptions,
): DetachedVerifier {
  const check = checker(publicKeys, options);
  return async (binary, armored) => {
    const signature = await readSignature({ armoredSignature: armored }).catch(malformed);
    const message = await createMessage({ binary });
    return check(signature.getSigningKeyIDs(), (how) => verifyMessage({ message, signature, ...how }));
  };
}

type Verify<T> = (how: Pick<VerifyOptions, 'verificationKeys' | 'date'>) => Promise<VerifyMessageResult<T>>;

function checker(publicKeys: string | readonly string[], { clock = systemClock }: VerifierOptions = {}) {
  const keys = readKeyObjects([publicKeys].flat().join('\n'));
  keys.catch(() => {}); // reported when they are used
  return async <T>(ids: readonly KeyID[], verify: Verify<T>): Promise<{ payload: T; fingerprint: string }> => {
    const now = clock.now();
    const key = await signingKey(ids, await keys, new Date(now));
    const date = new Date(now + CLOCK_SKEW_MS);
    const { data, signatures } = await verify({ verificationKeys: key, date });
    await signatures[0]?.verified.catch((error: unknown) => {
      throw signatureError('INVALID', { reason: messageOf(error), key: fingerprintOf(key) });
    });
    if (signatures.length !== 1)
      throw signatureError('MALFORMED', { reason: `it has ${signatures.length} readable signatures` });
    return { payload: data, fingerprint: fingerprintOf(key) };
  };
}

function malformed(error: unknown): never {
  throw signatureError('MALFORMED', { reason: messageOf(error) });
}

/** Text before, between or after would be seen by readers that look for the armor only, and is covered by nothing. */
function refuseMalformed(text: string): void {
  const found = text.match(/^-----(?:BEGIN|END) PGP .*$/gm)?.map((line) => line.trimEnd()) ?? [];
  if (found.length !== MARKERS.length || found.some((line, index) => line !== MARKERS[index])) {
    throw signatureError('MALFORMED', { reason: 'it must be one message with one signature block' });
  }
  if (!text.startsWith(`${MARKERS[0]}`))
    throw signatureError('MALFORMED', { reason: 'there is text before the message' });
  if (!text.trimEnd().endsWith(`${MARKERS[2]}`))
    throw signatureError('MALFORMED', { reason: 'there is text after the signature' });
  if (!/^[^\n]*\nHash: *\w+\r?\n\r?\n/.test(text))
    throw signatureError('MALFORMED', { reason: 'it needs exactly one `Hash:` header' });
}

/** The one key that signed, if it is among those that count and has not ended. */
async function signingKey(ids: readonly KeyID[], keys: readonly Key[], now: Date): Promise<Key> {
  const [id, ...others] = ids;
  if (id === undefined || others.length > 0)
    throw signatureError('MALFORMED', { reason: `it has ${ids.length} signatures` });
  const key = keys.find((one) => one.getKeys(id).length > 0);
  if (key === undefined) throw signatureError('KEY_UNKNOWN', { key: id.toHex().toUpperCase() });
  await refuseEnded(key, now);
  return key;
}

async function refuseEnded(key: Key, now: Date): Promise<void> {
  const details = { key: fingerprintOf(key) };
  if (await key.isRevoked()) throw signatureError('KEY_EXPIRED', { ...details, reason: 'was revoked' });
  const end = await key.getExpirationTime();
  if (end instanceof Date && end <= now)
    throw signatureError('KEY_EXPIRED', { ...details, reason: `expired on ${end.toISOString()}` });
}
