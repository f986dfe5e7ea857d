import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { SlipwayError, hasCode, messageOf } from '../../kit/index.ts';
import { BodyChecksums } from './s3-checksum.ts';
import { decodeChunked } from './s3-chunked.ts';
import { gatewayError } from './gateway-errors.ts';
import type { ChunkSigning, SignatureClaim } from './s3-signature.ts';

interface ReceiveOptions {
  /** Folder for the temporary file; made if it is not there. */
  readonly scratch: string;
  /** Most bytes of a body. */
  readonly limit: number;
  readonly claim: SignatureClaim;
  readonly signing: ChunkSigning;
}

/** A body that is wholly there and is what its headers say. The file is the receiver's to remove. */
export interface ReceivedBody {
  readonly file: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Hexadecimal; S3's entity tag. */
  readonly md5: string;
}

/** A request as the gateway gets it. */
export interface IncomingBody {
  readonly raw: Request;
  /** The message of Node's server, if it came over a socket: its bytes come at half the cost of the web stream's. */
  readonly incoming?: IncomingMessage;
}

const MOST_DRAINED = 256 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;

/** Streams a PUT's body to a file and hands it on; the file is removed at the end, whatever happens. */
export async function withBody<T>(
  request: IncomingBody,
  options: ReceiveOptions,
  use: (body: ReceivedBody) => Promise<T>,
): Promise<T> {
  const expected = declaredLength(request.raw.headers);
  if (expected !== undefined && expected > options.limit) throw tooLarge(options.limit);
  const file = join(options.scratch, `${randomBytes(12).toString('hex')}.upload`);
  const body = bytesOf(request);
  try {
    await mkdir(options.scratch, { recursive: true });
    return await use(await receive({ headers: request.raw.headers, body }, file, options));
  } catch (error) {
    await drain(body);
    const isFull = hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT');
    throw isFull ? gatewayError('GATEWAY_DISK_FULL', { path: options.scratch }, { cause: error }) : error;
  } finally {
    await rm(file, { force: true });
  }
}

/** A short text body, such as a list in XML. Throws EntityTooLarge. */
export async function readSmallBody(request: IncomingBody, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of wholly({ headers: request.raw.headers, body: bytesOf(request) })) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function bytesOf({ raw, incoming }: IncomingBody): AsyncIterator<Uint8Array> | undefined {
  if (incoming !== undefined) return incoming[Symbol.asyncIterator]();
  return raw.body?.[Symbol.asyncIterator]();
}

interface Incoming {
  readonly headers: Headers;
  readonly body: AsyncIterator<Uint8Array> | undefined;
}

/**
 * Reads what the client still sends, so that it gets to hear why it was refused: most clients read the answer only
 * after their body is out, and take a connection that is closed before for a fault of the network.
 */
async function drain(body: Incoming['body']): Promise<void> {
  try {
    let left = MOST_DRAINED;
    for (let piece = await body?.next(); piece?.done === false && left > 0; piece = await body?.next()) {
      left -= piece.value.length;
    }
    await body?.return?.();
  } catch {
    // It has gone away; there is nobody left to tell.
  }
}

async function receive(request: Incoming, file: string, options: ReceiveOptions): Promise<ReceivedBody> {
  const checksums = new BodyChecksums(request.headers);
  const { size, sha256, md5 } = await writeMetered(plainBytes(request, checksums, options), file, options.limit);
  const expected = declaredLength(request.headers);
  if (expected !== undefined && expected !== size) throw incomplete(`${size} bytes came of ${expected}`);
  checksums.check();
  if (/^[0-9a-f]{64}$/.test(options.claim.payload) && options.claim.payload !== sha256)
    throw gatewayError('GATEWAY_X_AMZ_CONTENT_SHA256_MISMATCH');
  return { file, size, sha256, md5 };
}

/** The object's bytes, without the framing that the signed payload word announces. */
async function* plainBytes(
  request: Incoming,
  checksums: BodyChecksums,
  options: ReceiveOptions,
): AsyncGenerator<Uint8Array> {
  const { payload } = options.claim;
  const raw = wholly(request);
  const framed = payload.startsWith('STREAMING-');
  const signing = payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD') ? options.signing : undefined;
  const source = framed ? decodeChunked(raw, { signing, onTrailer: (trailer) => checksums.expect(trailer) }) : raw;
  for await (const chunk of source) {
    checksums.update(chunk);
    yield chunk;
  }
}

const PAYLOADS =
  /^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-AWS4-HMAC-SHA256-PAYLOAD(?:-TRAILER)?|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/;

/** Refuses what `x-amz-content-sha256` says if it is no form that is known here. */
export function checkPayload({ payload }: SignatureClaim): void {
  if (!PAYLOADS.test(payload))
    throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: `X-Amz-Content-Sha256: ${payload}` });
}

/** A client that goes away in the middle is its own fault and not the gateway's. */
async function* wholly({ body }: Incoming): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  try {
    for (let piece = await body.next(); piece.done !== true; piece = await body.next()) yield piece.value;
  } catch (error) {
    throw error instanceof SlipwayError ? error : incomplete(messageOf(error));
  }
}

/** Writes bytes to a new file in large pieces: what comes from a socket comes in many small ones. */
async function writeMetered(
  source: AsyncIterable<Uint8Array>,
  file: string,
  limit: number,
): Promise<Omit<ReceivedBody, 'file'>> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  const target = await open(file, 'wx', 0o600);
  try {
    let size = 0;
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    for await (const chunk of source) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      sha256.update(chunk);
      md5.update(chunk);
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes < PIECE_BYTES) continue;
      await target.writev(held);
      [held, heldBytes] = [[], 0];
    }
    if (heldBytes > 0) await target.writev(held);
    return { size, sha256: sha256.digest('hex'), md5: md5.digest('hex') };
  } finally {
    await target.close();
  }
}

/** Bytes of the object as the headers give them; a framed body tells its own length beside. */
function declaredLength(headers: Headers): number | undefined {
  const isFramed = headers.get('x-amz-content-sha256')?.startsWith('STREAMING-') === true;
  const text = headers.get(isFramed ? 'x-amz-decoded-content-length' : 'content-length');
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw gatewayError('GATEWAY_INVALID_ARGUMENT', { reason: `\`${text}\` is no length` });
  return Number(text);
}

function tooLarge(limit: number) {
  return gatewayError('GATEWAY_ENTITY_TOO_LARGE', { limit });
}

function incomplete(reason: string) {
  return gatewayError('GATEWAY_INCOMPLETE_BODY', { reason });
}
