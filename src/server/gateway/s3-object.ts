import { Readable } from 'node:stream';
import type { ObjectInfo, ObjectStore } from '../../mirror/index.ts';
import { parseRange, partOf, type ByteRange } from '../byte-range.ts';
import { matchesTag } from '../entity-tag.ts';
import { webBody } from '../web-body.ts';
import { gatewayError } from './gateway-errors.ts';

interface ObjectRequest {
  readonly store: ObjectStore;
  readonly key: string;
  readonly isHead: boolean;
  readonly headers: Headers;
  readonly cacheControl?: string;
  /** Returns the tag for clients; the store's own if absent. */
  readonly tag?: (info: ObjectInfo) => Promise<string>;
}

const SMALL = 1 << 20;

/** Answers GET and HEAD of an object: conditions (RFC 9110 13.2.2), one range, streamed where it is large. */
export async function objectResponse(request: ObjectRequest): Promise<Response> {
  const found = await headOrFail(request);
  const info = { ...found, etag: (await request.tag?.(found)) ?? found.etag };
  checkIfMatch(request.headers, info, request.key);
  if (isKnown(request.headers, info))
    return new Response(null, { status: 304, headers: { ETag: `"${info.etag}"`, ...lastModified(info) } });
  const header = isRangeValid(request.headers, info) ? request.headers.get('range') : undefined;
  const range = parseRange(header ?? undefined, info.size);
  if (range === 'unsatisfiable') throw gatewayError('GATEWAY_INVALID_RANGE', { size: info.size });
  const { start, end, status, headers: bounds } = partOf(range, info.size);
  const headers = { ...headersFor(request, info), ...bounds };
  if (request.isHead) return new Response(null, { status, headers });
  if (info.size > SMALL)
    return new Response(await streamPart(request, { start, end, size: info.size }), { status, headers });
  const bytes = await readStable(request, found);
  // Replaced while it was read: try again, so that length and content match.
  if (bytes === undefined) return objectResponse(request);
  return new Response(new Uint8Array(bytes.subarray(start, end + 1)), { status, headers });
}

/** Throws PreconditionFailed unless `If-Match`, or else `If-Unmodified-Since`, fits the object as it is. */
export function checkIfMatch(headers: Headers, info: ObjectInfo | undefined, key: string): void {
  const condition = headers.get('if-match');
  const since = condition === null ? dateOf(headers.get('if-unmodified-since')) : undefined;
  const isChanged = since !== undefined && info?.modified !== undefined && seconds(info.modified) > since;
  if ((condition !== null && !matches(condition, info)) || isChanged)
    throw gatewayError('GATEWAY_PRECONDITION_FAILED', { key });
}

/** Whether a list of entity tags, or `*`, names an existing object. */
export function matches(condition: string | null, info: ObjectInfo | undefined): boolean {
  return info !== undefined && matchesTag(condition, info.etag);
}

/** `If-None-Match`, or else `If-Modified-Since`: the client has the object as it is. */
function isKnown(headers: Headers, info: ObjectInfo): boolean {
  const condition = headers.get('if-none-match');
  if (condition !== null) return matches(condition, info);
  const since = dateOf(headers.get('if-modified-since'));
  return since !== undefined && info.modified !== undefined && seconds(info.modified) <= since;
}

/** `If-Range`: whether the object is still the one that the client began to read. */
function isRangeValid(headers: Headers, info: ObjectInfo): boolean {
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

async function streamPart(
  { store, key }: ObjectRequest,
  { start, end, size }: ByteRange & { size: number },
): Promise<ReadableStream> {
  const isWhole = start === 0 && end === size - 1;
  const isCut = !isWhole && store.openRange !== undefined;
  const stream = await (isCut ? store.openRange?.(key, { start, end }) : store.open(key));
  if (stream === undefined) throw gatewayError('GATEWAY_NO_SUCH_KEY', { key });
  const isReady = isWhole || isCut;
  return webBody(isReady ? stream : Readable.from(slice(stream, { start, end }), { objectMode: false }));
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

function headersFor({ key, cacheControl }: ObjectRequest, info: ObjectInfo): Record<string, string> {
  return {
    ETag: `"${info.etag}"`,
    'Accept-Ranges': 'bytes',
    'Content-Type': /\.json(?:\.sig)?$/.test(key) ? 'application/json' : 'application/octet-stream',
    ...lastModified(info),
    ...(cacheControl === undefined ? {} : { 'Cache-Control': cacheControl }),
  };
}

function lastModified({ modified }: ObjectInfo): { 'Last-Modified'?: string } {
  return modified === undefined ? {} : { 'Last-Modified': new Date(modified).toUTCString() };
}
