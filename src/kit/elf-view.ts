/** A part of an ELF file, and where a program finds it in memory. */
interface ElfSegment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * Reads numbers and names of an ELF file, whatever its class and byte order. Out of bounds is a RangeError. Source:
 * System V gABI, "Object Files" and "Dynamic Linking".
 */
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
  /** Where the path of the loader begins. */
  interpreter(): number | undefined;
  /** Values of the dynamic section by tag, both in order; undefined without such a section. */
  dynamic(): ReadonlyMap<number, readonly number[]> | undefined;
  /** Where the bytes are that a program finds at an address. */
  offsetOf(address: number): number;
}

export function isElf(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 4) === '\x7fELF';
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3];

/** Runs `read` on an ELF file of a known class and order; undefined for all else, also for a file that is cut off. */
export function readElfFile<T>(bytes: Buffer, read: (view: ElfView) => T | undefined): T | undefined {
  try {
    const view = elfView(bytes);
    return view && read(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function elfView(bytes: Buffer): ElfView | undefined {
  if (bytes.length < 64 || !isElf(bytes)) return undefined;
  const [bits, order] = [bytes[4] === 2 ? 64 : 32, bytes[5]];
  if ((bytes[4] !== 1 && bytes[4] !== 2) || (order !== 1 && order !== 2)) return undefined;
  const isLittle = order === 1;
  const half = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const word = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const long = (at: number) => Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const address = (at: number) => (bits === 64 ? long(at) : word(at));
  const segments = readSegments({ bits, half, word, address });
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  return {
    bits,
    machine: half(18),
    half,
    word,
    address,
    text: (at) => {
      const end = bytes.indexOf(0, at);
      if (at >= bytes.length || end < 0) throw new RangeError(`no text at ${at}`);
      return bytes.toString('utf8', at, end);
    },
    interpreter: () => segments.find(({ type }) => type === PT_INTERP)?.offset,
    dynamic: () => dynamic && readTags(dynamic, { bits, address }),
    offsetOf: (target) => {
      const holder = segments.find(
        (one) => one.type === PT_LOAD && target >= one.address && target < one.address + one.size,
      );
      if (holder === undefined) throw new RangeError(`no segment holds address ${target}`);
      return target - holder.address + holder.offset;
    },
  };
}

function readSegments(view: Pick<ElfView, 'bits' | 'half' | 'word' | 'address'>): readonly ElfSegment[] {
  const is64 = view.bits === 64;
  const table = view.address(is64 ? 32 : 28);
  const [size, count] = [view.half(is64 ? 54 : 42), view.half(is64 ? 56 : 44)];
  return Array.from({ length: count }, (_none, index) => {
    const at = table + index * size;
    return {
      type: view.word(at),
      offset: view.address(at + (is64 ? 8 : 4)),
      address: view.address(at + (is64 ? 16 : 8)),
      size: view.address(at + (is64 ? 32 : 16)),
    };
  });
}

function readTags(dynamic: ElfSegment, { bits, address }: Pick<ElfView, 'bits' | 'address'>) {
  const step = bits / 8;
  const tags = new Map<number, number[]>();
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 2 * step) {
    const tag = address(at);
    if (tag === 0) break;
    tags.set(tag, [...(tags.get(tag) ?? []), address(at + step)]);
  }
  return tags;
}
