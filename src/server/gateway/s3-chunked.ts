import { createHash } from 'node:crypto';
import { isSameToken, sha256 } from '../../kit/index.ts';
import { gatewayError } from './gateway-errors.ts';
import { hmac, type ChunkSigning } from './s3-signature.ts';

interface ChunkedOptions {
  /** With this every chunk, and the trailer, must be signed; without it none is. */
  readonly signing: ChunkSigning | undefined;
  /** Called with what follows the last chunk (`x-amz-checksum-crc32`), names in lower case. */
  readonly onTrailer: (trailer: ReadonlyMap<string, string>) => void;
}

const LINE_LIMIT = 8192;
const EMPTY = sha256('');

/**
 * Takes the framing off an `aws-chunked` body (S3's signature of streamed bodies): `<size>[;chunk-signature=…]`, the
 * bytes, and so on to a chunk of size 0 and a trailer. Bytes are passed on before their chunk's signature is checked,
 * so the reader keeps them aside until the end.
 */
export async function* decodeChunked(
  source: AsyncIterable<Uint8Array>,
  options: ChunkedOptions,
): AsyncGenerator<Uint8Array> {
  const reader = new FramingReader(source);
  const chain = new SignatureChain(options.signing);
  for (;;) {
    const [size, signature] = readHeader(await reader.line());
    const hash = createHash('sha256');
    for await (const part of reader.bytes(size)) {
      if (options.signing !== undefined) hash.update(part);
      yield part;
    }
    chain.check('PAYLOAD', signature, [EMPTY, hash.digest('hex')]);
    if (size === 0) break;
    if ((await reader.line()) !== '') throw incomplete('a chunk is longer than it says');
  }
  options.onTrailer(await readTrailer(reader, chain, options.signing !== undefined));
}

function readHeader(line: string): readonly [size: number, signature: string | undefined] {
  const [, size, , signature] = /^([0-9a-f]{1,12})(;chunk-signature=([0-9a-f]{64}))?$/i.exec(line) ?? [];
  if (size === undefined) throw incomplete('a chunk does not begin with its size');
  return [Number.parseInt(size, 16), signature];
}

async function readTrailer(
  reader: FramingReader,
  chain: SignatureChain,
  isSigned: boolean,
): Promise<ReadonlyMap<string, string>> {
  const trailer = new Map<string, string>();
  for (let line = await reader.line(true); line !== ''; line = await reader.line(true)) {
    const colon = line.indexOf(':');
    if (colon < 1 || trailer.size > 16) throw incomplete('the trailer cannot be read');
    trailer.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const signature = trailer.get('x-amz-trailer-signature');
  trailer.delete('x-amz-trailer-signature');
  if (isSigned && trailer.size > 0) {
    const canonical = [...trailer].map(([name, value]) => `${name}:${value}\n`).join('');
    chain.check('TRAILER', signature, [sha256(canonical)]);
  }
  return trailer;
}

/** Each chunk's signature covers the one before it, so that none can be left out or moved. */
class SignatureChain {
  readonly #signing: ChunkSigning | undefined;
  #previous: string;

  constructor(signing: ChunkSigning | undefined) {
    this.#signing = signing;
    this.#previous = signing?.seed ?? '';
  }

  check(part: 'PAYLOAD' | 'TRAILER', signature: string | undefined, hashes: readonly string[]): void {
    if (this.#signing === undefined) return;
    const { key, date, scope } = this.#signing;
    const expected = hmac(
      key,
      [`AWS4-HMAC-SHA256-${part}`, date, scope, this.#previous, ...hashes].join('\n'),
    ).toString('hex');
    if (!isSameToken(expected, signature ?? ''))
      throw gatewayError('GATEWAY_SIGNATURE_DOES_NOT_MATCH', { what: 'a chunk of the body' });
    this.#previous = expected;
  }
}

/** Reads lines and counted bytes from a stream of buffers. */
class FramingReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next line without its end. At the end of the body: an error, or '' where a body may end. */
  async line(mayEnd: boolean = false): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf('\n');
      if (end >= 0) {
        const line = this.#held.subarray(0, end).toString('latin1').replace(/\r$/, '');
        this.#held = this.#held.subarray(end + 1);
        return line;
      }
      if (this.#held.length > LINE_LIMIT) throw incomplete('a line of the framing is too long');
      if (await this.#fill()) continue;
      if (mayEnd && this.#held.length === 0) return '';
      throw incomplete('it ends inside the framing');
    }
  }

  async *bytes(size: number): AsyncGenerator<Uint8Array> {
    let left = size;
    while (left > 0) {
      if (this.#held.length === 0 && !(await this.#fill())) throw incomplete('it ends inside a chunk');
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      if (part.length > 0) yield part;
    }
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done === true) return false;
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
    return true;
  }
}

function incomplete(reason: string) {
  return gatewayError('GATEWAY_INCOMPLETE_BODY', { reason });
}
