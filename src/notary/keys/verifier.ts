import {
  createMessage,
  readCleartextMessage,
  readSignature,
  verify as verifyMessage,
  type Key,
  type KeyID,
} from 'openpgp';
import { messageOf, systemClock, type Clock } from '../../kit/index.ts';
import { signatureError, type DetachedVerifier, type Verifier } from '../../mirror/index.ts';
import { fingerprintOf, readKeyObjects } from './openpgp-key.ts';

// Signatures of a machine whose clock is ahead of ours by less than this are not taken for ones from the future.
const CLOCK_SKEW_MS = 3_600_000;

const MARKERS = ['-----BEGIN PGP SIGNED MESSAGE-----', '-----BEGIN PGP SIGNATURE-----', '-----END PGP SIGNATURE-----'];

/**
 * A verifier that accepts clearsigned texts of these keys (armored, any number of blocks) and of no other. The text
 * must be one signed message and nothing else; what is given back is what the signature covers.
 */
export function createVerifier(
  publicKeys: string | readonly string[],
  options: { readonly clock?: Clock } = {},
): Verifier {
  const { clock = systemClock } = options;
  const keys = readKeyObjects([publicKeys].flat().join('\n'));
  keys.catch(() => {}); // said when it is used
  return async (text) => {
    refuseMalformed(text);
    const now = new Date(clock.now());
    const message = await readCleartextMessage({ cleartextMessage: text }).catch((error: unknown) => {
      throw signatureError('MALFORMED', { reason: messageOf(error) });
    });
    const key = await signingKey(message.getSigningKeyIDs(), await keys, now);
    const date = new Date(now.getTime() + CLOCK_SKEW_MS);
    const { data, signatures } = await verifyMessage({ message, verificationKeys: key, date });
    await signatures[0]?.verified.catch((error: unknown) => {
      throw signatureError('INVALID', { reason: messageOf(error), key: fingerprintOf(key) });
    });
    if (signatures.length !== 1)
      throw signatureError('MALFORMED', { reason: `it has ${signatures.length} readable signatures` });
    return { payload: data, fingerprint: fingerprintOf(key) };
  };
}

/** The same for signatures that lie beside what they sign, as Spack up to 0.18 wrote them. */
export function createDetachedVerifier(
  publicKeys: string | readonly string[],
  options: { readonly clock?: Clock } = {},
): DetachedVerifier {
  const { clock = systemClock } = options;
  const keys = readKeyObjects([publicKeys].flat().join('\n'));
  keys.catch(() => {}); // said when it is used
  return async (binary, armored) => {
    const signature = await readSignature({ armoredSignature: armored }).catch((error: unknown) => {
      throw signatureError('MALFORMED', { reason: messageOf(error) });
    });
    const now = new Date(clock.now());
    const key = await signingKey(signature.getSigningKeyIDs(), await keys, now);
    const message = await createMessage({ binary });
    const date = new Date(now.getTime() + CLOCK_SKEW_MS);
    const { signatures } = await verifyMessage({ message, signature, verificationKeys: key, date });
    await signatures[0]?.verified.catch((error: unknown) => {
      throw signatureError('INVALID', { reason: messageOf(error), key: fingerprintOf(key) });
    });
    return { fingerprint: fingerprintOf(key) };
  };
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
