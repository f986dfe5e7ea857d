import { Readable } from 'node:stream';
import type { ObjectInfo, ObjectStore } from '../../mirror/index.ts';
import { parseRange, type ByteRange } from '../byte-range.ts';
import { webBody } from '../web-body.ts';
import { gatewayError } from './gateway-errors.ts';

interface ObjectRequest {
  readonly store: ObjectStore;
  readonly key: string;
  readonly isHead: boolean;
  readonly headers: Headers;
  readonly cacheControl?: string;
  /** The tag that clients see; the store's own unless told. */
  readonly tag?: (info: ObjectInfo) => Promise<string>;
}

type Part = ByteRange & { readonly size: number };

const SMALL = 1 << 20;

/** Answers GET and HEAD of an object: conditions (RFC 9110 13.2.2), one range, streamed where it is large. */
export async function objectResponse(request: ObjectRequest): Promise<Response> {
  const found = await headOrFail(request);
  const info = { ...found, etag: (await request.tag?.(found)) ?? found.etag };
  checkIfMatch(request.headers, info, request.key);
  if (isKnown(request.headers, info))
    return new Response(null, { status: 304, headers: { ETag: `"${info.etag}"`, ...lastModified(info) } });
  const asked = isRangeMeant(request.headers, info) ? request.headers.get('range') : undefined;
  const range = parseRange(asked ?? undefined, info.size);
  if (range === 'unsatisfiable') throw gatewayError('GATEWAY_INVALID_RANGE', { size: info.size });
  const headers = headersFor(request, info, range);
  const status = range === undefined ? 200 : 206;
  if (request.isHead) return new Response(null, { status, headers });
  const wanted = range ?? { start: 0, end: info.size - 1 };
  if (info.size > SMALL) {
    const body = await streamPart(request, { ...wanted, size: info.size });
    return new Response(body, { status, headers });
  }
  const bytes = await readStable(request, found);
  // Replaced while it was read: answer anew, so that length and content belong together.
  if (bytes === undefined) return objectResponse(request);
  return new Response(new Uint8Array(bytes.subarray(wanted.start, wanted.end + 1)), { status, headers });
}

/** Throws PreconditionFailed unless `If-Match`, or else `If-Unmodified-Since`, fits the object as it is. */
export function checkIfMatch(headers: Headers, info: ObjectInfo | undefined, key: string): void {
  const condition = headers.get('if-match');
  const since = condition === null ? dateOf(headers.get('if-unmodified-since')) : undefined;
  const isChanged = since !== undefined && info?.modified !== undefined && seconds(info.modified) > since;
  if ((condition !== null && !matches(condition, info)) || isChanged)
    throw gatewayError('GATEWAY_PRECONDITION_FAILED', { key });
}

/** Whether a list of entity tags, or `*`, names the object. */
export function matches(condition: string | null, info: ObjectInfo | undefined): boolean {
  if (condition === null || info === undefined) return false;
  const tags = condition.split(',').map((tag) =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  );
  return tags.includes('*') || tags.includes(info.etag);
}

/** `If-None-Match`, or else `If-Modified-Since`: the client has the object as it is. */
function isKnown(headers: Headers, info: ObjectInfo): boolean {
  const condition = headers.get('if-none-match');
  if (condition !== null) return matches(condition, info);
  const since = dateOf(headers.get('if-modified-since'));
  return since !== undefined && info.modified !== undefined && seconds(info.modified) <= since;
}

/** `If-Range`: a range of another object than the client has begun with would be of no use. */
function isRangeMeant(headers: Headers, info: ObjectInfo): boolean {
  const condition = headers.get('if-range');
  if (condition === null) return true;
  if (condition.startsWith('"')) return matches(condition, info);
  return info.modified !== undefined && dateOf(condition) === seconds(info.modified);
}

function dateOf(text: string | null): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

/** Dates in headers have whole seconds. */
function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

async function headOrFail({ store, key }: ObjectRequest): Promise<ObjectInfo> {
  const info = await store.head(key);
  if (info === undefined) throw gatewayError('GATEWAY_NO_SUCH_KEY', { key });
  return info;
}

/** The bytes that belong to `info`; undefined if the object was replaced meanwhile. Blobs never are. */
async function readStable({ store, key }: ObjectRequest, info: ObjectInfo): Promise<Buffer | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) throw gatewayError('GATEWAY_NO_SUCH_KEY', { key });
  const after = await store.head(key);
  return after?.etag === info.etag && bytes.length === info.size ? bytes : undefined;
}

async function streamPart({ store, key }: ObjectRequest, { start, end, size }: Part): Promise<ReadableStream> {
  const isWhole = start === 0 && end === size - 1;
  const isCut = isWhole || store.openRange !== undefined;
  const stream = await (isWhole || store.openRange === undefined
    ? store.open(key)
    : store.openRange(key, { start, end }));
  if (stream === undefined) throw gatewayError('GATEWAY_NO_SUCH_KEY', { key });
  return webBody(isCut ? stream : Readable.from(slice(stream, { start, end }), { objectMode: false }));
}

async function* slice(source: AsyncIterable<Buffer>, { start, end }: ByteRange): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of source) {
    const part = chunk.subarray(Math.max(start - at, 0), Math.max(end + 1 - at, 0));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at > end) return;
  }
}

function headersFor({ key, cacheControl }: ObjectRequest, info: ObjectInfo, range: ByteRange | undefined): Headers {
  const length = range === undefined ? info.size : range.end - range.start + 1;
  const headers = new Headers({
    ETag: `"${info.etag}"`,
    'Accept-Ranges': 'bytes',
    'Content-Type': /\.json(?:\.sig)?$/.test(key) ? 'application/json' : 'application/octet-stream',
    'Content-Length': String(length),
    ...lastModified(info),
  });
  if (cacheControl !== undefined) headers.set('Cache-Control', cacheControl);
  if (range !== undefined) headers.set('Content-Range', `bytes ${range.start}-${range.end}/${info.size}`);
  return headers;
}

function lastModified({ modified }: ObjectInfo): { 'Last-Modified'?: string } {
  return modified === undefined ? {} : { 'Last-Modified': new Date(modified).toUTCString() };
}
