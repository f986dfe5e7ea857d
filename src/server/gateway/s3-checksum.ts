import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { gatewayError } from './gateway-errors.ts';

/** A checksum that a client sent beside the body; computed while the body comes in. */
interface Meter {
  update(chunk: Uint8Array): void;
  /** Base64, as clients write it. */
  result(): string;
}

const METERS: Readonly<Record<string, () => Meter>> = {
  'content-md5': () => hashMeter('md5'),
  'x-amz-checksum-crc32': crc32Meter,
  'x-amz-checksum-sha1': () => hashMeter('sha1'),
  'x-amz-checksum-sha256': () => hashMeter('sha256'),
};

/**
 * The checksums of a body that its headers name, or announce for the trailer (`x-amz-trailer`). Kinds that are not
 * known here (CRC-32C, CRC-64) are passed over: the SHA-256 in an object's name is what counts in the end.
 */
export class BodyChecksums {
  readonly #expected = new Map<string, string>();
  readonly #meters = new Map<string, Meter>();

  constructor(headers: Headers) {
    const announced = (headers.get('x-amz-trailer') ?? '').toLowerCase();
    for (const [name, make] of Object.entries(METERS)) {
      const value = headers.get(name);
      if (value !== null) this.#expected.set(name, value);
      if (value !== null || announced === name) this.#meters.set(name, make());
    }
  }

  update(chunk: Uint8Array): void {
    for (const meter of this.#meters.values()) meter.update(chunk);
  }

  /** What the trailer says; only what was announced is compared. */
  expect(trailer: ReadonlyMap<string, string>): void {
    for (const [name, value] of trailer) if (this.#meters.has(name)) this.#expected.set(name, value);
  }

  /** Throws BadDigest if one differs, or was announced and never came. */
  check(): void {
    for (const [name, meter] of this.#meters) {
      if (meter.result() !== this.#expected.get(name)) throw gatewayError('GATEWAY_BAD_DIGEST', { what: name });
    }
  }
}

function hashMeter(algorithm: string): Meter {
  const hash = createHash(algorithm);
  return { update: (chunk) => void hash.update(chunk), result: () => hash.digest('base64') };
}

function crc32Meter(): Meter {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    result: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64');
    },
  };
}
