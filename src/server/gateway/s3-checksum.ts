import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { gatewayError } from './gateway-errors.ts';

/** Computes a checksum while the body arrives. */
interface Meter {
  update(chunk: Uint8Array): unknown;
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
 * The checksums of a body in its headers, or announced for the trailer (`x-amz-trailer`). Unknown kinds (CRC-32C,
 * CRC-64) are ignored, since the SHA-256 in an object's name is checked anyway.
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

  /** Takes the checksums of the trailer that were announced. */
  expect(trailer: ReadonlyMap<string, string>): void {
    for (const [name, value] of trailer) if (this.#meters.has(name)) this.#expected.set(name, value);
  }

  /** Throws BadDigest if one differs or is missing. */
  check(): void {
    for (const [name, meter] of this.#meters) {
      if (meter.result() !== this.#expected.get(name)) throw gatewayError('GATEWAY_BAD_DIGEST', { what: name });
    }
  }
}

function hashMeter(algorithm: string): Meter {
  const hash = createHash(algorithm);
  return { update: (chunk) => hash.update(chunk), result: () => hash.digest('base64') };
}

function crc32Meter(): Meter {
  let value = 0;
  return {
    update: (chunk) => (value = crc32(chunk, value)),
    result: () => Buffer.from(value.toString(16).padStart(8, '0'), 'hex').toString('base64'),
  };
}
