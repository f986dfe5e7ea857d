import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A subpacket: its type, with the bit that makes it critical, and its body. */
export type Subpacket = readonly [type: number, body: Buffer];

/** How a signature is made; whatever is left out is as gpg makes it. */
export interface SignatureForm {
  readonly version?: number;
  readonly type?: number;
  /** OpenPGP's number of the hash algorithm. */
  readonly hash?: 2 | 8 | 10;
  readonly created?: number;
  readonly hashed?: (usual: readonly Subpacket[]) => readonly Subpacket[];
  readonly unhashed?: (usual: readonly Subpacket[]) => readonly Subpacket[];
}

const hashNames = { 2: 'SHA1', 8: 'SHA256', 10: 'SHA512' } as const;

/** An OpenPGP key whose signatures, on texts and on itself, can have any form; always correctly signed. */
export class PacketSigner {
  readonly #secret: KeyObject;
  readonly #body: Buffer;
  readonly #isRsa: boolean;

  constructor(kind: 'rsa' | 'ed25519', created: number) {
    this.#isRsa = kind === 'rsa';
    const { publicKey, privateKey } =
      kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
    this.#secret = privateKey;
    const jwk = publicKey.export({ format: 'jwk' });
    const [first, second] = [jwk.n ?? jwk.x, jwk.e].map((one) => Buffer.from(one ?? '', 'base64url'));
    const numbers =
      kind === 'rsa'
        ? [integer(first!), integer(second!)]
        : [Buffer.from('092b06010401da470f01', 'hex'), integer(Buffer.concat([Buffer.from([0x40]), first!]))];
    this.#body = Buffer.concat([Buffer.from([4]), number32(created), Buffer.from([this.#algorithm]), ...numbers]);
  }

  get fingerprint(): Buffer {
    return createHash('sha1').update(this.#hashedKey).digest();
  }

  /** The packets of the public key, its user and its certification of itself. */
  keyPackets(form: SignatureForm & { readonly user?: string }): readonly Buffer[] {
    const user = Buffer.from(form.user ?? 'Lab <lab@example.invalid>');
    const data = Buffer.concat([this.#hashedKey, Buffer.from([0xb4]), number32(user.length), user]);
    const flags: Subpacket = [27, Buffer.from([3])];
    const hashed = (usual: readonly Subpacket[]) => (form.hashed ?? ((same) => same))([...usual, flags]);
    const certification = this.signature(data, { type: 0x13, ...form, hashed });
    return [packet(6, this.#body), packet(13, user), packet(2, certification)];
  }

  /** The body of a signature packet over some data. */
  signature(data: Buffer, form: SignatureForm): Buffer {
    const { version = 4, type = 1, hash = 10, created = 0 } = form;
    const issuer: Subpacket = [33, Buffer.concat([Buffer.from([4]), this.fingerprint])];
    const hashed = (form.hashed ?? ((same) => same))([issuer, [2, number32(created)]]);
    const unhashed = (form.unhashed ?? ((same) => same))([[16, this.fingerprint.subarray(-8)]]);
    const covered = Buffer.concat([Buffer.from([version, type, this.#algorithm, hash]), subpackets(hashed)]);
    const input = Buffer.concat([data, covered, Buffer.from([4, 0xff]), number32(covered.length)]);
    const digest = createHash(hashNames[hash]).update(input).digest();
    const numbers = this.#isRsa
      ? [integer(sign(hashNames[hash], input, this.#secret))]
      : halves(sign(null, digest, this.#secret)).map(integer);
    return Buffer.concat([covered, subpackets(unhashed), digest.subarray(0, 2), ...numbers]);
  }

  clearsigned(payload: string, form: SignatureForm): string {
    const body = this.signature(Buffer.from(payload.replaceAll('\n', '\r\n')), form);
    return clearsigned(payload, packet(2, body), hashNames[form.hash ?? 10]);
  }

  get #algorithm(): number {
    return this.#isRsa ? 1 : 22;
  }

  get #hashedKey(): Buffer {
    const length = this.#body.length;
    return Buffer.concat([Buffer.from([0x99, length >> 8, length & 0xff]), this.#body]);
  }
}

export function packet(tag: number, body: Buffer): Buffer {
  const length = [body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | (tag << 2) | 1, ...length]), body]);
}

export function clearsigned(payload: string, signature: Buffer, hash: string): string {
  const start = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: ${hash}\n\n${payload}\n-----BEGIN PGP SIGNATURE-----\n\n`;
  return `${start}${lines(signature)}\n-----END PGP SIGNATURE-----\n`;
}

export function keyBlock(packets: readonly Buffer[]): string {
  const body = lines(Buffer.concat(packets));
  return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${body}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
}

function lines(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll(/.{64}(?!$)/g, '$&\n');
}

function subpackets(list: readonly Subpacket[]): Buffer {
  const bytes = Buffer.concat(list.flatMap(([type, body]) => [Buffer.from([body.length + 1, type]), body]));
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function integer(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const magnitude = bytes.subarray(start === -1 ? bytes.length : start);
  const bits = magnitude.length * 8 - Math.clz32(magnitude[0] ?? 0) + 24;
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), magnitude]);
}

function halves(bytes: Buffer): readonly Buffer[] {
  return [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)];
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
