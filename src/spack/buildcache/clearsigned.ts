import { spackError } from '../errors.ts';

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '\n-----BEGIN PGP SIGNATURE-----';

/** Whether Spack takes this text for a signed one: it must begin with the armor's first line. */
export function isClearsigned(text: string): boolean {
  return text.startsWith(BEGIN);
}

/**
 * The text inside of a clearsigned message, dash-escapes undone (RFC 9580, 7.2). The signature is NOT verified:
 * this is for display and for choosing the key; trust only what the notary has verified.
 * As for Spack, a `Hash:` header is required. Throws BUILDCACHE_NOT_CLEARSIGNED.
 */
export function signedPayload(text: string): string {
  const fail = (fault: string) => spackError('BUILDCACHE_NOT_CLEARSIGNED', { fault });
  if (!isClearsigned(text)) throw fail('it does not begin with the armor line');
  const plain = text.replaceAll('\r\n', '\n');
  const headEnd = plain.indexOf('\n\n');
  const end = plain.indexOf(SIGNATURE);
  if (headEnd < 0 || end < headEnd) throw fail('its signature block is missing');
  const headers = plain.slice(BEGIN.length, headEnd).split('\n').slice(1);
  if (headers.length !== 1 || !/^Hash: *\S+$/.test(headers[0] ?? '')) throw fail('it needs exactly one `Hash:` header');
  return plain.slice(headEnd + 2, end).replace(/^- /gm, '');
}
