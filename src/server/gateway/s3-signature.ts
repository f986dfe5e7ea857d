import { createHash, createHmac } from 'node:crypto';
import { isSameToken, type Clock, type SlipwayError } from '../../kit/index.ts';
import { canonicalHeaders, canonicalPath, canonicalQuery } from './s3-canonical.ts';
import { gatewayError } from './gateway-errors.ts';

/** The signed parts of a request. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/** The signature of a request, before it is checked. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** `<date>/<region>/s3/aws4_request` */
  readonly scope: string;
  /** `20260101T000000Z` */
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `x-amz-content-sha256`: hexadecimal, or one of S3's words. */
  readonly payload: string;
  /** Seconds for which a presigned URL is good; undefined for a signature in a header. */
  readonly expires: number | undefined;
}

/** The key and context of signed chunks. */
export interface ChunkSigning {
  readonly key: Buffer;
  readonly date: string;
  readonly scope: string;
  readonly seed: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MS = 15 * 60_000;
const WEEK_SECONDS = 604_800;

/** Reads AWS Signature Version 4 out of the Authorization header or the query of a presigned URL. */
export function readSignature(request: SignedRequest): SignatureClaim {
  const header = request.headers.get('authorization');
  if (header !== null) return fromHeader(header, request.headers);
  const query = request.url.searchParams;
  if (query.has('X-Amz-Signature')) return fromQuery(query);
  // Version 2, which many clients still presign with.
  if (query.has('Signature') && query.has('AWSAccessKeyId')) throw gatewayError('GATEWAY_INVALID_REQUEST');
  throw gatewayError('GATEWAY_ACCESS_DENIED', { reason: 'The request is not signed' });
}

/** Checks time and signature. Throws S3's errors. */
export function verifySignature(
  request: SignedRequest,
  claim: SignatureClaim,
  options: { secret: string; clock: Clock },
): ChunkSigning {
  checkTime(claim, options.clock.now());
  checkSignedHeaders(request, claim);
  const key = signingKey(options.secret, claim.scope);
  const hashed = createHash('sha256').update(canonicalRequest(request, claim)).digest('hex');
  const expected = hmac(key, [ALGORITHM, claim.date, claim.scope, hashed].join('\n')).toString('hex');
  if (!isSameToken(expected, claim.signature))
    throw gatewayError('GATEWAY_SIGNATURE_DOES_NOT_MATCH', { what: 'the request' });
  return { key, date: claim.date, scope: claim.scope, seed: expected };
}

export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function fromHeader(header: string, headers: Headers): SignatureClaim {
  if (header.startsWith('AWS ')) throw gatewayError('GATEWAY_INVALID_REQUEST');
  if (!header.startsWith(`${ALGORITHM} `)) throw malformed(`it does not begin with ${ALGORITHM}`);
  const part = (name: string) => new RegExp(`[ ,]${name}=([^,\\s]*)`).exec(header)?.[1] ?? '';
  return claimOf(
    {
      credential: part('Credential'),
      signedHeaders: part('SignedHeaders'),
      signature: part('Signature'),
      date: headers.get('x-amz-date') ?? '',
      payload: headers.get('x-amz-content-sha256') ?? '',
      expires: undefined,
    },
    malformed,
  );
}

function fromQuery(query: URLSearchParams): SignatureClaim {
  const expires = Number(query.get('X-Amz-Expires'));
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) throw malformedQuery(`X-Amz-Algorithm is not ${ALGORITHM}`);
  if (!(Number.isInteger(expires) && expires > 0 && expires <= WEEK_SECONDS))
    throw malformedQuery('X-Amz-Expires is not 1 to 604800');
  return claimOf(
    {
      credential: query.get('X-Amz-Credential') ?? '',
      signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
      signature: query.get('X-Amz-Signature') ?? '',
      date: query.get('X-Amz-Date') ?? '',
      payload: 'UNSIGNED-PAYLOAD',
      expires,
    },
    malformedQuery,
  );
}

type RawClaim = Omit<SignatureClaim, 'accessKeyId' | 'scope' | 'signedHeaders'> & {
  readonly credential: string;
  readonly signedHeaders: string;
};

function claimOf(raw: RawClaim, malformed: (reason: string) => SlipwayError): SignatureClaim {
  const { signature, date, payload, expires } = raw;
  const slash = raw.credential.indexOf('/');
  const scope = raw.credential.slice(slash + 1);
  if (slash < 1 || !/^\d{8}\/[\w-]+\/s3\/aws4_request$/.test(scope))
    throw malformed('Credential is not key/date/region/s3/aws4_request');
  if (!/^\d{8}T\d{6}Z$/.test(date)) throw malformed('X-Amz-Date is missing or has another form than 20260101T000000Z');
  if (!scope.startsWith(`${date.slice(0, 8)}/`))
    throw malformed('the date of Credential is not the date of the request');
  if (!/^[0-9a-f]{64}$/.test(signature)) throw malformed('Signature is not 64 hexadecimal digits');
  if (payload === '') throw malformed('X-Amz-Content-Sha256 is missing');
  const signedHeaders = raw.signedHeaders.toLowerCase().split(';').toSorted();
  return { accessKeyId: raw.credential.slice(0, slash), scope, date, signedHeaders, signature, payload, expires };
}

function checkTime({ date, expires }: SignatureClaim, now: number): void {
  const signed = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const isAhead = signed - now > SKEW_MS;
  // A date that is none (NaN) is neither ahead nor behind; it is refused all the same.
  if (!Number.isFinite(signed) || isAhead || (expires === undefined && now - signed > SKEW_MS)) {
    throw gatewayError('GATEWAY_REQUEST_TIME_TOO_SKEWED', { date });
  }
  if (expires !== undefined && now > signed + expires * 1000)
    throw gatewayError('GATEWAY_ACCESS_DENIED', { reason: 'Request has expired' });
}

/** The host and all of `x-amz-*` must be signed, so that nothing between can change the request. */
function checkSignedHeaders({ headers }: SignedRequest, { signedHeaders }: SignatureClaim): void {
  const signed = new Set(signedHeaders);
  const needed = ['host', ...[...headers.keys()].filter((name) => name.startsWith('x-amz-'))];
  const missing = needed.find((name) => !signed.has(name));
  if (missing !== undefined)
    throw gatewayError('GATEWAY_ACCESS_DENIED', { reason: `The header \`${missing}\` is not signed` });
}

function canonicalRequest(request: SignedRequest, { signedHeaders, payload }: SignatureClaim): string {
  const { method, url, headers } = request;
  return [
    method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    canonicalHeaders(signedHeaders, headers, url.host),
    signedHeaders.join(';'),
    payload,
  ].join('\n');
}

function signingKey(secret: string, scope: string): Buffer {
  return scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
}

function malformed(reason: string) {
  return gatewayError('GATEWAY_AUTHORIZATION_HEADER_MALFORMED', { reason });
}

function malformedQuery(reason: string) {
  return gatewayError('GATEWAY_AUTHORIZATION_QUERY_PARAMETERS_ERROR', { reason });
}
