import { Readable } from 'node:stream';
import type { ObjectInfo, ObjectStore } from '../../mirror/index.ts';
import { gatewayError } from './gateway-errors.ts';
import { readRange } from './s3-range.ts';
import type { ByteRange } from './s3-range.ts';

export interface ObjectRequest {
  readonly store: ObjectStore;
  readonly key: string;
  readonly isHead: boolean;
  readonly headers: Headers;
  readonly cacheControl?: string;
}

const SMALL = 1 << 20;

/** Answers GET and HEAD of an object: conditions (RFC 9110 13), one range, streamed where it is large. */
export async function objectResponse(request: ObjectRequest): Promise<Response> {
  const info = await headOrFail(request);
  if (matches(request.headers.get('if-none-match'), info))
    return new Response(null, { status: 304, headers: { ETag: `"${info.etag}"` } });
  checkIfMatch(request.headers, info, request.key);
  const range = readRange(request.headers.get('range'), info.size);
  const headers = headersFor(request, info, range);
  const status = range === undefined ? 200 : 206;
  if (request.isHead) return new Response(null, { status, headers });
  const wanted = range ?? { start: 0, end: info.size - 1 };
  if (info.size > SMALL) return new Response(await streamPart(request, wanted), { status, headers });
  const bytes = await readStable(request, info);
  // Replaced while it was read: answer anew, so that length and content belong together.
  if (bytes === undefined) return objectResponse(request);
  return new Response(new Uint8Array(bytes.subarray(wanted.start, wanted.end + 1)), { status, headers });
}

/** Throws PreconditionFailed unless `If-Match` names the object as it is. */
export function checkIfMatch(headers: Headers, info: ObjectInfo | undefined, key: string): void {
  const condition = headers.get('if-match');
  if (condition !== null && !matches(condition, info)) throw gatewayError('GATEWAY_PRECONDITION_FAILED', { key });
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

async function streamPart({ store, key }: ObjectRequest, range: ByteRange): Promise<ReadableStream> {
  const stream = await store.open(key);
  if (stream === undefined) throw gatewayError('GATEWAY_NO_SUCH_KEY', { key });
  return Readable.toWeb(Readable.from(slice(stream, range), { objectMode: false }));
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
    'Content-Type': key.endsWith('.json') ? 'application/json' : 'application/octet-stream',
    'Content-Length': String(length),
  });
  if (cacheControl !== undefined) headers.set('Cache-Control', cacheControl);
  if (range !== undefined) headers.set('Content-Range', `bytes ${range.start}-${range.end}/${info.size}`);
  return headers;
}
