import { packetTag, readPackets } from './packets.ts';
import { requirePlain } from './plain-form.ts';
import { readPublicKeys, type PublicKey } from './public-key.ts';
import { readSignature, requireSigned } from './signature-packet.ts';

interface AcceptedText {
  /** What the signature covers. */
  readonly payload: string;
  /** Of the key that signed, in 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
}

const head = /^-----BEGIN PGP SIGNED MESSAGE-----\nHash: (SHA(?:256|384|512))\n\n/;
const between = '\n-----BEGIN PGP SIGNATURE-----\n\n';
const tail = /\n-----END PGP SIGNATURE-----\n?$/;
/** A signature of text with canonical ends of lines (RFC 4880, 5.2.1). */
const TEXT = 1;

/**
 * Returns a function that accepts a clearsigned text if it is plain ASCII that one of these keys (armored, any number of
 * blocks) has signed, and both the signature and all keys have the form that gpg and the notary give them by default.
 * Otherwise it returns undefined, which says nothing about the signature. Times are in milliseconds.
 */
export function clearsignedAcceptor(keys: string): (text: string, now: number) => AcceptedText | undefined {
  const known = ifPlain(() => readPublicKeys(keys));
  return (text, now) => known && ifPlain(() => readClearsigned(text, known, now));
}

/** Nothing is refused here: whatever fails is left to another reader. */
function ifPlain<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readClearsigned(text: string, keys: readonly PublicKey[], now: number): AcceptedText {
  const [start, hashName] = head.exec(text) ?? [];
  const end = text.indexOf(between);
  requirePlain(start !== undefined && end > start.length && tail.test(text));
  const payload = text.slice(start.length, end);
  requirePlain(isUnescaped(payload));
  const armored = text.slice(end + between.length).replace(tail, '');
  const [packet, ...others] = readPackets(armored.split('\n'));
  requirePlain(packet?.tag === packetTag.signature && others.length === 0);
  const signature = readSignature(packet.body);
  requirePlain(signature.type === TEXT && signature.hash === hashName);
  const key = keyOf(signature.issuer, keys);
  requireSigned(signature, Buffer.from(payload.replaceAll('\n', '\r\n'), 'latin1'), key);
  const { created } = signature;
  requirePlain(key.certified <= created && created < key.expires);
  requirePlain(created * 1000 <= now && now < key.expires * 1000);
  return { payload, fingerprint: key.fingerprint.toUpperCase() };
}

/** Returns the key with a fingerprint, if no other key has the same id, by which openpgp looks for keys. */
function keyOf(issuer: string, keys: readonly PublicKey[]): PublicKey {
  const [key, ...others] = keys.filter(({ fingerprint }) => fingerprint.endsWith(issuer.slice(-16)));
  requirePlain(key?.fingerprint === issuer && others.length === 0);
  return key;
}

/** Whether a text is the same whether or not a reader undoes escapes, cuts white space or changes ends of lines. */
function isUnescaped(text: string): boolean {
  return /^[\n -~]+$/.test(text) && !/^-| $/m.test(text);
}
