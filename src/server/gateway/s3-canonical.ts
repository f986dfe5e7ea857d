import { compareText } from '../../kit/index.ts';
import { gatewayError } from './gateway-errors.ts';

/** Percent-encoding of RFC 3986, upper case: all but letters, digits and `-._~`. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Decodes percent signs; throws InvalidURI for broken ones. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw gatewayError('GATEWAY_INVALID_URI', { path: text });
  }
}

/** CanonicalURI of Signature Version 4: for S3 all but the slashes is encoded once, and nothing is normalized. */
export function canonicalPath(pathname: string): string {
  return decode(pathname).split('/').map(encodeStrictly).join('/');
}

/** CanonicalQueryString: sorted by encoded name, then value; without the signature itself. */
export function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .toSorted(
      ([name, value], [otherName, otherValue]) => compareText(name, otherName) || compareText(value, otherValue),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** CanonicalHeaders, each with its line's end; the host of a request made in process stands in its URL alone. */
export function canonicalHeaders(names: readonly string[], headers: Headers, host: string): string {
  return names
    .map((name) => {
      const value = headers.get(name) ?? (name === 'host' ? host : '');
      return `${name}:${value.trim().replace(/\s+/g, ' ')}\n`;
    })
    .join('');
}
