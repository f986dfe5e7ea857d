import { readElfFile, type ElfView } from '../../kit/index.ts';

/** The parts of a program or library that the dynamic loader reads. Source: System V gABI, glibc's version sections. */
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
  /** Symbol versions that it requires of others: `libc.so.6` to `GLIBC_2.34`, … */
  readonly requires: Readonly<Record<string, readonly string[]>>;
  /** Symbol versions that it provides. */
  readonly provides: readonly string[];
}

const TAGS = { needed: 1, strtab: 5, soname: 14, rpath: 15, runpath: 29 } as const;
const [VERDEF, VERDEFNUM, VERNEED, VERNEEDNUM] = [0x6ffffffc, 0x6ffffffd, 0x6ffffffe, 0x6fffffff];

/** Reads a dynamically linked program or library; undefined for all else, also for ELF files that are cut off. */
export function readElf(bytes: Buffer): Elf | undefined {
  return readElfFile(bytes, (view) => {
    const tags = view.dynamic();
    if (tags === undefined || isDebugOnly(view)) return undefined;
    const strings = view.offsetOf(first(tags, TAGS.strtab) ?? 0);
    const textAt = (index: number) => view.text(strings + index);
    const texts = (tag: number) => (tags.get(tag) ?? []).map(textAt);
    const [runpath] = texts(TAGS.runpath);
    const [rpath] = texts(TAGS.rpath);
    const [soname] = texts(TAGS.soname);
    const interpreter = view.interpreter();
    return {
      machine: view.machine,
      bits: view.bits,
      interpreter: interpreter === undefined ? undefined : view.text(interpreter),
      soname,
      needed: texts(TAGS.needed),
      searchPath: (runpath ?? rpath ?? '').split(':').filter((folder) => folder !== ''),
      isInherited: runpath === undefined,
      requires: readRequired(view, tags, textAt),
      provides: readProvided(view, tags, textAt),
    };
  });
}

const SHT_NOBITS = 8;

/**
 * Whether the file was left by `objcopy --only-keep-debug`: its segments are listed as in the program that it belongs
 * to, and the bytes are not there. Then the loaded sections have the type for none.
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

function first(tags: Tags, tag: number): number | undefined {
  return tags.get(tag)?.[0];
}

/** `Elfxx_Verneed` with its `Elfxx_Vernaux`: the same layout in both classes. */
function readRequired(
  view: ElfView,
  tags: Tags,
  textAt: (index: number) => string,
): Readonly<Record<string, readonly string[]>> {
  const requires: Record<string, string[]> = {};
  const start = first(tags, VERNEED);
  if (start === undefined) return requires;
  let at = view.offsetOf(start);
  for (let index = 0; index < (first(tags, VERNEEDNUM) ?? 0); index += 1) {
    const versions = (requires[textAt(view.word(at + 4))] ??= []);
    let aux = at + view.word(at + 8);
    for (let left = view.half(at + 2); left > 0; left -= 1) {
      versions.push(textAt(view.word(aux + 8)));
      aux += view.word(aux + 12);
    }
    at += view.word(at + 12);
  }
  return requires;
}

/** `Elfxx_Verdef`: the first `Elfxx_Verdaux` of each has its name. */
function readProvided(view: ElfView, tags: Tags, textAt: (index: number) => string): readonly string[] {
  const start = first(tags, VERDEF);
  if (start === undefined) return [];
  const provides: string[] = [];
  let at = view.offsetOf(start);
  for (let index = 0; index < (first(tags, VERDEFNUM) ?? 0); index += 1) {
    provides.push(textAt(view.word(at + view.word(at + 12))));
    at += view.word(at + 16);
  }
  return provides;
}
