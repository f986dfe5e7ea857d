import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { SlipwayError, hasCode, messageOf, readLimited } from '../../kit/index.ts';
import { BodyChecksums } from './s3-checksum.ts';
import { decodeChunked } from './s3-chunked.ts';
import { gatewayError } from './gateway-errors.ts';
import type { GatewayPort } from './gateway-port.ts';
import type { ChunkSigning, SignatureClaim } from './s3-signature.ts';

/** A complete body that matches its headers. The receiver removes the file. */
export interface ReceivedBody {
  readonly file: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Hexadecimal; S3's entity tag. */
  readonly md5: string;
}

/** A request as it arrives. */
export interface IncomingBody {
  readonly raw: Request;
  /** The message of Node's server, if it came over a socket: reading it costs half as much as the web stream. */
  readonly incoming?: IncomingMessage | undefined;
  /** Address that the request comes from; undefined within this process. */
  readonly from?: string | undefined;
}

const MOST_DRAINED = 256 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;

/** A request that carries an object. */
interface Upload extends IncomingBody {
  /** Its `scratch` is the folder for the temporary file, which is created if it does not exist. */
  readonly port: Pick<GatewayPort, 'scratch'>;
  readonly claim: SignatureClaim;
  readonly signing: ChunkSigning;
}

/** Streams a PUT's body to a file, and removes the file after `use`. */
export async function withBody<T>(upload: Upload, limit: number, use: (body: ReceivedBody) => Promise<T>): Promise<T> {
  const expected = declaredLength(upload.raw.headers);
  if (expected !== undefined && expected > limit) throw tooLarge(limit);
  const { scratch } = upload.port;
  const file = join(scratch, `${randomBytes(12).toString('hex')}.upload`);
  const body = bytesOf(upload);
  try {
    await mkdir(scratch, { recursive: true });
    return await use(await receive(upload, body, { file, limit }));
  } catch (error) {
    await drain(body);
    const isFull = hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT');
    throw isFull ? gatewayError('GATEWAY_DISK_FULL', { path: scratch }, { cause: error }) : error;
  } finally {
    await rm(file, { force: true });
  }
}

/** Reads a short text body, such as a list in XML. Throws EntityTooLarge. */
export async function readSmallBody(request: IncomingBody, limit: number): Promise<string> {
  return (await readLimited(allOf(bytesOf(request)), limit, () => tooLarge(limit))).toString('utf8');
}

type Bytes = AsyncIterator<Uint8Array> | undefined;

function bytesOf({ raw, incoming }: IncomingBody): Bytes {
  if (incoming !== undefined) return incoming[Symbol.asyncIterator]();
  return raw.body?.[Symbol.asyncIterator]();
}

/**
 * Reads what the client still sends, so that it gets the answer: most clients read it only after they have sent the
 * body, and take a connection that is closed before for a network failure.
 */
async function drain(body: Bytes): Promise<void> {
  try {
    let left = MOST_DRAINED;
    for (let piece = await body?.next(); piece?.done === false && left > 0; piece = await body?.next()) {
      left -= piece.value.length;
    }
    await body?.return?.();
  } catch {
    // The client has disconnected.
  }
}

async function receive(
  { raw, claim, signing }: Upload,
  body: Bytes,
  { file, limit }: { file: string; limit: number },
): Promise<ReceivedBody> {
  const checksums = new BodyChecksums(raw.headers);
  async function* objectBytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of withoutFraming(allOf(body), checksums, { claim, signing })) {
      checksums.update(chunk);
      yield chunk;
    }
  }
  const { size, sha256, md5 } = await writeMetered(objectBytes(), file, limit);
  const expected = declaredLength(raw.headers);
  if (expected !== undefined && expected !== size) throw incomplete(`${size} bytes came of ${expected}`);
  checksums.check();
  if (/^[0-9a-f]{64}$/.test(claim.payload) && claim.payload !== sha256)
    throw gatewayError('GATEWAY_X_AMZ_CONTENT_SHA256_MISMATCH');
  return { file, size, sha256, md5 };
}

/** Removes the framing that the signed payload word announces. */
function withoutFraming(
  body: AsyncIterable<Uint8Array>,
  checksums: BodyChecksums,
  { claim: { payload }, signing }: Pick<Upload, 'claim' | 'signing'>,
): AsyncIterable<Uint8Array> {
  if (!payload.startsWith('STREAMING-')) return body;
  const isSigned = payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  const onTrailer = (trailer: ReadonlyMap<string, string>) => checksums.expect(trailer);
  return decodeChunked(body, { signing: isSigned ? signing : undefined, onTrailer });
}

const PAYLOADS =
  /^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-AWS4-HMAC-SHA256-PAYLOAD(?:-TRAILER)?|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/;

/** Refuses an unknown form of `x-amz-content-sha256`. */
export function checkPayload({ payload }: SignatureClaim): void {
  if (!PAYLOADS.test(payload))
    throw gatewayError('GATEWAY_NOT_IMPLEMENTED', { what: `X-Amz-Content-Sha256: ${payload}` });
}

/** Returns all bytes of a body. One that a client breaks off is incomplete, and no failure of the gateway. */
async function* allOf(body: Bytes): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  try {
    for (let piece = await body.next(); piece.done !== true; piece = await body.next()) yield piece.value;
  } catch (error) {
    throw error instanceof SlipwayError ? error : incomplete(messageOf(error));
  }
}

/** Writes bytes to a new file in large pieces, since sockets return many small ones. */
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

/** Returns the size of the object according to the headers, without the framing of the body. */
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
