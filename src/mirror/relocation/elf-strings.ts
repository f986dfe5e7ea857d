import { readElfFile } from '../../kit/index.ts';

/** A zero-terminated string of an ELF file. */
export interface ElfString {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface ElfStrings {
  readonly interpreter?: ElfString | undefined;
  /** DT_RPATH or DT_RUNPATH. */
  readonly runPath?: ElfString | undefined;
}

const [DT_STRTAB, DT_RPATH, DT_RUNPATH] = [5, 15, 29];

/** Returns the interpreter and the search path of an ELF file; undefined if it is none, or is cut off. */
export function readElfStrings(file: Buffer): ElfStrings | undefined {
  return readElfFile(file, (view) => {
    const tags = view.dynamic() ?? new Map<number, readonly number[]>();
    // Both may be there; the loader then looks at DT_RUNPATH only, and Spack at whichever comes last.
    const tag = [...tags.keys()].findLast((one) => one === DT_RPATH || one === DT_RUNPATH);
    const [path] = (tag === undefined ? undefined : tags.get(tag)) ?? [];
    const [table] = tags.get(DT_STRTAB) ?? [];
    const interpreter = view.interpreter();
    return {
      interpreter: interpreter === undefined ? undefined : stringAt(file, interpreter),
      runPath: path === undefined || table === undefined ? undefined : stringAt(file, view.offsetOf(table) + path),
    };
  });
}

function stringAt(file: Buffer, offset: number): ElfString {
  const end = file.indexOf(0, offset);
  if (offset >= file.length || end < 0) throw new RangeError('the string does not end');
  return { offset, bytes: file.subarray(offset, end) };
}
