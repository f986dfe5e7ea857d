import { elfView, type ElfView } from './elf-view.ts';

/** What the dynamic loader reads of a program or library. Source: System V gABI, and glibc's version sections. */
export interface Elf {
  readonly machine: number;
  readonly bits: number;
  /** The loader that the program names, absolute. */
  readonly interpreter?: string;
  readonly soname?: string;
  /** `DT_NEEDED`: names of libraries, in order. */
  readonly needed: readonly string[];
  /** `DT_RUNPATH`, or the older `DT_RPATH`; folders, `$ORIGIN` unexpanded. */
  readonly searchPath: readonly string[];
  /** Whether `searchPath` also serves the libraries' own needs (`DT_RPATH` does, `DT_RUNPATH` does not). */
  readonly isInherited: boolean;
  /** Symbol versions that it wants of others: `libc.so.6` to `GLIBC_2.34`, … */
  readonly wants: Readonly<Record<string, readonly string[]>>;
  /** Symbol versions that it gives. */
  readonly gives: readonly string[];
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3];
const TAGS = { needed: 1, strtab: 5, soname: 14, rpath: 15, runpath: 29 } as const;
const [VERDEF, VERDEFNUM, VERNEED, VERNEEDNUM] = [0x6ffffffc, 0x6ffffffd, 0x6ffffffe, 0x6fffffff];

/** Reads a dynamically linked program or library; undefined for all else, also for ELF files that are cut off. */
export function readElf(bytes: Buffer): Elf | undefined {
  const view = elfView(bytes);
  if (view === undefined) return undefined;
  try {
    return readDynamic(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readDynamic(view: ElfView): Elf | undefined {
  const segments = readSegments(view);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined || isDebugOnly(view)) return undefined;
  const tags = readTags(view, dynamic);
  const offsetOf = (address: number) => toOffset(segments, address);
  const strings = offsetOf(first(tags, TAGS.strtab) ?? 0);
  const textAt = (index: number) => view.text(strings + index);
  const texts = (tag: number) => (tags.get(tag) ?? []).map(textAt);
  const [runpath] = texts(TAGS.runpath);
  const [rpath] = texts(TAGS.rpath);
  const [soname] = texts(TAGS.soname);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  return {
    machine: view.machine,
    bits: view.bits,
    interpreter: interpreter && view.text(interpreter.offset),
    soname,
    needed: texts(TAGS.needed),
    searchPath: (runpath ?? rpath ?? '').split(':').filter((folder) => folder !== ''),
    isInherited: runpath === undefined,
    wants: readWants(view, { tags, offsetOf, textAt }),
    gives: readGives(view, { tags, offsetOf, textAt }),
  };
}

function readSegments(view: ElfView): readonly Segment[] {
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

const SHT_NOBITS = 8;

/**
 * Whether the file was left by `objcopy --only-keep-debug`: its segments are listed as in the program that it belongs
 * to, and the bytes are not there. Then the sections that are loaded are said to have none.
 */
function isDebugOnly(view: ElfView): boolean {
  const is64 = view.bits === 64;
  const table = view.address(is64 ? 40 : 32);
  const [size, count] = [view.half(is64 ? 58 : 46), view.half(is64 ? 60 : 48)];
  const [SHT_DYNAMIC, NONE] = [6, 0];
  const types = Array.from({ length: table === 0 ? 0 : count }, (_none, index) => view.word(table + index * size + 4));
  return types.some((type) => type !== NONE) && types.includes(SHT_NOBITS) && !types.includes(SHT_DYNAMIC);
}

type Tags = ReadonlyMap<number, readonly number[]>;

function readTags(view: ElfView, dynamic: Segment): Tags {
  const step = view.bits / 8;
  const tags = new Map<number, number[]>();
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 2 * step) {
    const tag = view.address(at);
    if (tag === 0) break;
    tags.set(tag, [...(tags.get(tag) ?? []), view.address(at + step)]);
  }
  return tags;
}

function first(tags: Tags, tag: number): number | undefined {
  return tags.get(tag)?.[0];
}

function toOffset(segments: readonly Segment[], address: number): number {
  const holder = segments.find(
    (one) => one.type === PT_LOAD && address >= one.address && address < one.address + one.size,
  );
  if (holder === undefined) throw new RangeError(`no segment holds address ${address}`);
  return address - holder.address + holder.offset;
}

interface Sections {
  readonly tags: Tags;
  readonly offsetOf: (address: number) => number;
  readonly textAt: (index: number) => string;
}

/** `Elfxx_Verneed` with its `Elfxx_Vernaux`: the same layout in both classes. */
function readWants(view: ElfView, { tags, offsetOf, textAt }: Sections): Readonly<Record<string, readonly string[]>> {
  const wants: Record<string, string[]> = {};
  const start = first(tags, VERNEED);
  if (start === undefined) return wants;
  let at = offsetOf(start);
  for (let index = 0; index < (first(tags, VERNEEDNUM) ?? 0); index += 1) {
    const versions = (wants[textAt(view.word(at + 4))] ??= []);
    let aux = at + view.word(at + 8);
    for (let left = view.half(at + 2); left > 0; left -= 1) {
      versions.push(textAt(view.word(aux + 8)));
      aux += view.word(aux + 12);
    }
    at += view.word(at + 12);
  }
  return wants;
}

/** `Elfxx_Verdef`: the first `Elfxx_Verdaux` of each has its name. */
function readGives(view: ElfView, { tags, offsetOf, textAt }: Sections): readonly string[] {
  const start = first(tags, VERDEF);
  if (start === undefined) return [];
  const gives: string[] = [];
  let at = offsetOf(start);
  for (let index = 0; index < (first(tags, VERDEFNUM) ?? 0); index += 1) {
    gives.push(textAt(view.word(at + view.word(at + 12))));
    at += view.word(at + 16);
  }
  return gives;
}
