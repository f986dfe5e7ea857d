import { timestamp } from '../../kit/index.ts';
import type { ObjectInfo } from '../../mirror/index.ts';
import { encodeStrictly } from './s3-canonical.ts';
import { gatewayError } from './gateway-errors.ts';
import { xmlDocument } from './s3-xml.ts';

type ListRequest = ReturnType<typeof readListRequest>;

interface ListPage {
  readonly objects: readonly ObjectInfo[];
  readonly commonPrefixes: readonly string[];
  /** The last name of the page if there are more. */
  readonly next: string | undefined;
}

const MOST = 1000;

/** Reads the parameters of ListObjectsV2 (`list-type=2`) or ListObjects. */
export function readListRequest(bucket: string, query: URLSearchParams) {
  const maxKeys = Number(query.get('max-keys') ?? MOST);
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: 'max-keys is not a number' });
  const version = query.get('list-type') === '2' ? 2 : 1;
  const token = version === 2 ? (query.get('continuation-token') ?? undefined) : undefined;
  const marker = version === 1 ? (query.get('marker') ?? '') : '';
  return {
    version,
    bucket,
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    // Keys up to this one are left out.
    startAfter: version === 2 ? (query.get('start-after') ?? '') : '',
    // The end of the previous page: a key, or a common prefix.
    after: token === undefined ? marker : Buffer.from(token, 'base64url').toString('utf8'),
    token,
    maxKeys: Math.min(maxKeys, MOST),
    isUrlEncoded: query.get('encoding-type') === 'url',
  };
}

/**
 * One page of objects, which come in the order of their keys' bytes; keys with the delimiter after the prefix become
 * one name. No more is read than the page needs.
 */
export async function listPage(
  objects: AsyncIterable<ObjectInfo> | Iterable<ObjectInfo>,
  request: ListRequest,
): Promise<ListPage> {
  const found: ObjectInfo[] = [];
  const commonPrefixes = new Set<string>();
  let last: string | undefined;
  const page = (next: string | undefined) => ({ objects: found, commonPrefixes: [...commonPrefixes], next });
  if (request.maxKeys === 0) return page(undefined);
  for await (const object of objects) {
    const common = commonPrefixOf(object.key, request);
    const name = common ?? object.key;
    const isBefore = isAtMost(object.key, request.startAfter) || isAtMost(name, request.after);
    if (!object.key.startsWith(request.prefix) || isBefore || (common !== undefined && commonPrefixes.has(common)))
      continue;
    if (found.length + commonPrefixes.size === request.maxKeys) return page(last);
    if (common === undefined) found.push(object);
    else commonPrefixes.add(common);
    last = name;
  }
  return page(undefined);
}

/** The answer's XML; `etag` is S3's tag of an object of the page. */
export function listDocument(page: ListPage, request: ListRequest, etag = (object: ObjectInfo) => object.etag): string {
  const encode = (text: string) => (request.isUrlEncoded ? encodeStrictly(text).replaceAll('%2F', '/') : text);
  const unlessEmpty = (text: string | undefined) => (text === undefined || text === '' ? undefined : encode(text));
  const isTruncated = page.next !== undefined;
  return xmlDocument('ListBucketResult', {
    Name: request.bucket,
    Prefix: encode(request.prefix),
    Delimiter: unlessEmpty(request.delimiter),
    EncodingType: request.isUrlEncoded ? 'url' : undefined,
    MaxKeys: request.maxKeys,
    IsTruncated: isTruncated,
    ...(request.version === 2
      ? {
          StartAfter: unlessEmpty(request.startAfter),
          KeyCount: page.objects.length + page.commonPrefixes.length,
          ContinuationToken: request.token,
          NextContinuationToken: page.next === undefined ? undefined : Buffer.from(page.next).toString('base64url'),
        }
      : { Marker: encode(request.after), NextMarker: unlessEmpty(page.next) }),
    Contents: page.objects.map((object) => ({
      Key: encode(object.key),
      LastModified: timestamp({ now: () => object.modified ?? 0 }),
      ETag: `"${etag(object)}"`,
      Size: object.size,
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

function isAtMost(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) <= 0;
}
