/** A zero-terminated string of an ELF file, by its place in the file. */
export interface ElfString {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface ElfStrings {
  readonly interpreter?: ElfString;
  /** DT_RPATH or DT_RUNPATH. */
  readonly runPath?: ElfString;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_STRTAB = 5;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

/**
 * The interpreter and the search path of an ELF file, of either width and byte order; undefined if it is none, or is
 * cut off. Source: System V ABI, "Object Files" and "Dynamic Linking".
 */
export function readElfStrings(file: Buffer): ElfStrings | undefined {
  try {
    const reader = elfReader(file);
    if (reader === undefined) return undefined;
    const segments = reader.segments();
    const interpreter = segments.find((one) => one.type === PT_INTERP);
    const runPath = findRunPath(reader, segments);
    return {
      interpreter: interpreter && stringAt(file, interpreter.offset),
      runPath: runPath === undefined ? undefined : stringAt(file, runPath),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type ElfReader = NonNullable<ReturnType<typeof elfReader>>;

function elfReader(file: Buffer) {
  if (file.length < 52 || file.readUInt32BE(0) !== 0x7f_45_4c_46) return undefined;
  const wide = file[4] === 2;
  const little = file[5] === 1;
  const half = (at: number) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const int = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const long = (at: number) => Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
  const word = (at: number) => (wide ? long(at) : int(at));
  const wordSize = wide ? 8 : 4;
  const segmentAt = (at: number): Segment =>
    wide
      ? { type: int(at), offset: long(at + 8), address: long(at + 16), size: long(at + 32) }
      : { type: int(at), offset: int(at + 4), address: int(at + 8), size: int(at + 16) };
  const segments = (): readonly Segment[] => {
    const start = word(wide ? 32 : 28);
    const size = half(wide ? 54 : 42);
    return Array.from({ length: half(wide ? 56 : 44) }, (_, index) => segmentAt(start + index * size));
  };
  return { word, wordSize, segments };
}

function findRunPath({ word, wordSize }: ElfReader, segments: readonly Segment[]): number | undefined {
  const dynamic = segments.find((one) => one.type === PT_DYNAMIC);
  if (dynamic === undefined) return undefined;
  let table: number | undefined;
  let path: number | undefined;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 2 * wordSize) {
    const tag = word(at);
    if (tag === DT_NULL) break;
    if (tag === DT_STRTAB) table = word(at + wordSize);
    // Both may be there; the loader then looks at DT_RUNPATH only, and Spack at whichever comes last.
    if (tag === DT_RPATH || tag === DT_RUNPATH) path = word(at + wordSize);
  }
  if (table === undefined || path === undefined) return undefined;
  const address = table;
  const home = segments.find(
    (one) => one.type === PT_LOAD && address >= one.address && address < one.address + one.size,
  );
  return home === undefined ? undefined : home.offset + (address - home.address) + path;
}

function stringAt(file: Buffer, offset: number): ElfString {
  const end = file.indexOf(0, offset);
  if (offset >= file.length || end < 0) throw new RangeError('the string does not end');
  return { offset, bytes: file.subarray(offset, end) };
}
