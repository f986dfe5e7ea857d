import type { ObjectInfo } from '../../mirror/index.ts';
import { encodeStrictly } from './s3-canonical.ts';
import { gatewayError } from './gateway-errors.ts';
import { xmlDocument } from './s3-xml.ts';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  /** Keys up to this one are left out. */
  readonly startAfter: string;
  /** What the page before ended with: a key, or a common prefix. */
  readonly after: string;
  readonly token: string | undefined;
  readonly maxKeys: number;
  readonly isUrlEncoded: boolean;
}

export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  readonly commonPrefixes: readonly string[];
  /** The last name of the page if there are more. */
  readonly next: string | undefined;
}

const MOST = 1000;

/** The parameters of ListObjectsV2. */
export function readListRequest(bucket: string, query: URLSearchParams): ListRequest {
  const maxKeys = Number(query.get('max-keys') ?? MOST);
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: 'max-keys is not a number' });
  const token = query.get('continuation-token') ?? undefined;
  return {
    bucket,
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startAfter: query.get('start-after') ?? '',
    after: token === undefined ? '' : Buffer.from(token, 'base64url').toString('utf8'),
    token,
    maxKeys: Math.min(maxKeys, MOST),
    isUrlEncoded: query.get('encoding-type') === 'url',
  };
}

/** One page of objects, which may come in any order; keys with the delimiter after the prefix become one name. */
export function listPage(objects: readonly ObjectInfo[], request: ListRequest): ListPage {
  const sorted = objects.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const found: ObjectInfo[] = [];
  const commonPrefixes = new Set<string>();
  let last: string | undefined;
  for (const object of sorted) {
    const common = commonPrefixOf(object.key, request);
    const name = common ?? object.key;
    if (!object.key.startsWith(request.prefix) || object.key <= request.startAfter || name <= request.after) continue;
    if (common !== undefined && commonPrefixes.has(common)) continue;
    if (found.length + commonPrefixes.size === request.maxKeys)
      return { objects: found, commonPrefixes: [...commonPrefixes], next: last };
    if (common === undefined) found.push(object);
    else commonPrefixes.add(common);
    last = name;
  }
  return { objects: found, commonPrefixes: [...commonPrefixes], next: undefined };
}

/** The answer's XML. The store does not know when an object was written, but clients insist on a time. */
export function listDocument(page: ListPage, request: ListRequest): string {
  const encode = (text: string) => (request.isUrlEncoded ? encodeStrictly(text).replaceAll('%2F', '/') : text);
  return xmlDocument('ListBucketResult', {
    Name: request.bucket,
    Prefix: encode(request.prefix),
    Delimiter: request.delimiter === '' ? undefined : encode(request.delimiter),
    StartAfter: request.startAfter === '' ? undefined : encode(request.startAfter),
    EncodingType: request.isUrlEncoded ? 'url' : undefined,
    MaxKeys: request.maxKeys,
    KeyCount: page.objects.length + page.commonPrefixes.length,
    IsTruncated: page.next !== undefined,
    ContinuationToken: request.token,
    NextContinuationToken: page.next === undefined ? undefined : Buffer.from(page.next).toString('base64url'),
    Contents: page.objects.map(({ key, size, etag }) => ({
      Key: encode(key),
      LastModified: '1970-01-01T00:00:00.000Z',
      ETag: `"${etag}"`,
      Size: size,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  });
}

function commonPrefixOf(key: string, { prefix, delimiter }: ListRequest): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}
