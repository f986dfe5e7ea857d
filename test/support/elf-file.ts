export interface ElfFileParts {
  readonly isWide: boolean;
  readonly isLittle: boolean;
  readonly runPath: string;
  readonly interpreter: string;
}

const ADDRESS = 0x10000;

/** An ELF file of nothing but what the loader reads: an interpreter, a table of strings and a search path in it. */
export function elfFile({ isWide, isLittle, runPath, interpreter }: ElfFileParts): Buffer {
  const [headerSize, segmentSize, wordSize] = isWide ? [64, 56, 8] : [52, 32, 4];
  const segmentsAt = headerSize;
  const dynamicAt = segmentsAt + 3 * segmentSize;
  const dynamicSize = 3 * 2 * wordSize;
  const interpreterAt = dynamicAt + dynamicSize;
  const stringsAt = interpreterAt + interpreter.length + 1;
  const file = Buffer.alloc(stringsAt + runPath.length + 2);
  const half = (value: number, at: number) =>
    isLittle ? file.writeUInt16LE(value, at) : file.writeUInt16BE(value, at);
  const int = (value: number, at: number) => (isLittle ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at));
  const long = (value: number, at: number) =>
    isLittle ? file.writeBigUInt64LE(BigInt(value), at) : file.writeBigUInt64BE(BigInt(value), at);
  const word = (value: number, at: number) => (isWide ? long(value, at) : int(value, at));
  const segment = (index: number, type: number, [offset, size]: readonly [number, number]) => {
    const at = segmentsAt + index * segmentSize;
    int(type, at);
    const [offsetAt, addressAt, sizeAt] = isWide ? [8, 16, 32] : [4, 8, 16];
    word(offset, at + offsetAt);
    word(ADDRESS + offset, at + addressAt);
    word(size, at + sizeAt);
  };
  file.write('\x7fELF', 0, 'latin1');
  file.set([isWide ? 2 : 1, isLittle ? 1 : 2, 1], 4);
  word(segmentsAt, isWide ? 32 : 28);
  half(segmentSize, isWide ? 54 : 42);
  half(3, isWide ? 56 : 44);
  segment(0, 1, [0, file.length]);
  segment(1, 3, [interpreterAt, interpreter.length + 1]);
  segment(2, 2, [dynamicAt, dynamicSize]);
  const dynamic = [5, ADDRESS + stringsAt, 29, 1, 0, 0];
  dynamic.forEach((value, index) => word(value, dynamicAt + index * wordSize));
  file.write(interpreter, interpreterAt, 'latin1');
  file.write(runPath, stringsAt + 1, 'latin1');
  return file;
}
