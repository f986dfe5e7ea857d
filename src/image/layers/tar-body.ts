import { Transform, type TransformCallback } from 'node:stream';

const BLOCK = 512;
/** pax(5): records of one entry; those of real archives have some hundred bytes. */
const MAX_RECORDS = 1024 * 1024;

/** What ends an archive (POSIX.1, pax "ustar Interchange Format"): two blocks of zeros. */
export const tarEnd: Buffer = Buffer.alloc(2 * BLOCK);

/** What headers before an entry's own say of it: pax records, or GNU's long name. */
interface Extension {
  readonly blocks: Buffer[];
  path?: string;
  size?: number;
}

/**
 * A stream that passes a tar's entries on, byte for byte, and leaves out what ends the archive, and entries whose paths
 * are in `seen`: parent folders, mostly. Some tools take no layer in which a path comes twice.
 */
export class TarBody extends Transform {
  readonly #seen: Set<string>;
  /** Bytes of a header block, while it is incomplete. */
  #head: Buffer = Buffer.alloc(0);
  /** Bytes that are left of the entry's content and padding. */
  #left = 0;
  #fate: 'pass' | 'drop' | 'hold' = 'pass';
  /** Content of an extension, while it is read. */
  #held: Buffer[] = [];
  #heldType = '';
  #heldSize = 0;
  #extension: Extension = { blocks: [] };
  #isEnded = false;

  constructor(seen: Set<string> = new Set()) {
    super();
    this.#seen = seen;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    try {
      let rest = chunk;
      while (rest.length > 0 && !this.#isEnded) rest = this.#left > 0 ? this.#takeContent(rest) : this.#takeHead(rest);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    const isCut = this.#left > 0 || this.#head.length > 0;
    done(isCut ? new RangeError('the archive ends in the middle of an entry') : undefined);
  }

  #takeContent(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#left);
    this.#left -= part.length;
    if (this.#fate === 'pass') this.push(part);
    else if (this.#fate === 'hold') this.#held.push(part);
    if (this.#left === 0 && this.#fate === 'hold') this.#readExtension();
    return bytes.subarray(part.length);
  }

  #takeHead(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, BLOCK - this.#head.length);
    this.#head = this.#head.length === 0 ? part : Buffer.concat([this.#head, part]);
    if (this.#head.length === BLOCK) {
      const head = this.#head;
      this.#head = Buffer.alloc(0);
      this.#readHead(head);
    }
    return bytes.subarray(part.length);
  }

  #readHead(head: Buffer): void {
    if (head.every((byte) => byte === 0)) {
      this.#isEnded = true;
      return;
    }
    const type = String.fromCharCode(head[156] as number);
    const isExtension = type === 'x' || type === 'L' || type === 'K';
    const size = (isExtension ? undefined : this.#extension.size) ?? numberAt(head, 124, 12);
    this.#left = Math.ceil(size / BLOCK) * BLOCK;
    if (isExtension) this.#holdExtension(head, { type, size });
    else if (type === 'g') this.#pass([head]);
    else this.#readEntry(head);
  }

  #holdExtension(head: Buffer, { type, size }: { type: string; size: number }): void {
    if (size > MAX_RECORDS) throw new RangeError('a header is too large');
    this.#extension.blocks.push(head);
    [this.#fate, this.#held, this.#heldType, this.#heldSize] = ['hold', [], type, size];
    if (size === 0) this.#readExtension();
  }

  #readExtension(): void {
    const content = Buffer.concat(this.#held);
    const text = content.subarray(0, this.#heldSize);
    this.#extension.blocks.push(content);
    if (this.#heldType === 'L') this.#extension.path = text.toString('utf8').replace(/\0.*$/s, '');
    if (this.#heldType === 'x') Object.assign(this.#extension, recordsIn(text));
  }

  #readEntry(head: Buffer): void {
    const { blocks, path = nameIn(head) } = this.#extension;
    this.#extension = { blocks: [] };
    const plain = path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
    if (this.#seen.has(plain)) {
      this.#fate = 'drop';
      return;
    }
    this.#seen.add(plain);
    this.#pass([...blocks, head]);
  }

  #pass(blocks: readonly Buffer[]): void {
    this.#fate = 'pass';
    for (const block of blocks) this.push(block);
  }
}

/** POSIX.1, ustar: the name, with the prefix before it where there is one. */
function nameIn(head: Buffer): string {
  const name = textAt(head, 0, 100);
  const prefix = head.toString('latin1', 257, 263) === 'ustar\0' ? textAt(head, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textAt(head: Buffer, start: number, length: number): string {
  return head.toString('utf8', start, start + length).replace(/\0.*$/s, '');
}

/** A number of a header: octal digits, or, for what those cannot hold, GNU's base 256. */
function numberAt(head: Buffer, start: number, length: number): number {
  if (((head[start] as number) & 0x80) !== 0)
    return Number(BigInt(`0x${head.toString('hex', start + 1, start + length)}`));
  const digits = textAt(head, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new RangeError('a header has no proper size');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** `path` and `size` among the records of a pax header: `<length> <key>=<value>\n`, the length in bytes. */
function recordsIn(records: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < records.length;) {
    const [, digits = '', key = ''] = /^(\d+) ([^=]+)=/.exec(records.toString('latin1', at, at + 100)) ?? [];
    const length = Number(digits);
    if (!(length > 0)) break;
    const value = records.toString('utf8', at + digits.length + key.length + 2, at + length - 1);
    if (key === 'path') found.path = value;
    if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
}
