/** Reads numbers and names of an ELF file, whatever its class and byte order. Out of bounds is a RangeError. */
export interface ElfView {
  /** 32 or 64. */
  readonly bits: number;
  /** `e_machine`: 62 is x86_64, 183 aarch64. */
  readonly machine: number;
  half(offset: number): number;
  word(offset: number): number;
  /** An address, offset or size of the file's class. */
  address(offset: number): number;
  /** The zero-terminated text at an offset. */
  text(offset: number): string;
}

export function isElf(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 4) === '\x7fELF';
}

/** Undefined for bytes that are no ELF file of a known class and order. */
export function elfView(bytes: Buffer): ElfView | undefined {
  if (bytes.length < 64 || !isElf(bytes)) return undefined;
  const [bits, order] = [bytes[4] === 2 ? 64 : 32, bytes[5]];
  if ((bytes[4] !== 1 && bytes[4] !== 2) || (order !== 1 && order !== 2)) return undefined;
  const isLittle = order === 1;
  const half = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const word = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const long = (at: number) => Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return {
    bits,
    machine: half(18),
    half,
    word,
    address: (at) => (bits === 64 ? long(at) : word(at)),
    text: (at) => {
      const end = bytes.indexOf(0, at);
      if (at >= bytes.length || end < 0) throw new RangeError(`no text at ${at}`);
      return bytes.toString('utf8', at, end);
    },
  };
}
