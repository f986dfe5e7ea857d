import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { compareText, ifExists } from '../../kit/index.ts';
import { readElf } from '../facts/elf.ts';
import { multiarchName } from '../facts/library-search.ts';

/** A file of this machine's C runtime. */
export interface RuntimeFile {
  /** Absolute path in the image. */
  readonly path: string;
  /** Absolute path on this machine, links followed. */
  readonly source: string;
  readonly content: Buffer;
}

interface RuntimeAbi {
  readonly machine: number;
  /** Path that the ABI gives to the loader. Programs name it. */
  readonly loader: string;
}

/** By the names of architectures in image indexes. */
const abis: Readonly<Record<string, RuntimeAbi>> = {
  amd64: { machine: 62, loader: '/lib64/ld-linux-x86-64.so.2' },
  arm64: { machine: 183, loader: '/lib/ld-linux-aarch64.so.1' },
  ppc64le: { machine: 21, loader: '/lib64/ld64.so.2' },
  riscv64: { machine: 243, loader: '/lib/ld-linux-riscv64-lp64d.so.1' },
};

/** The parts of the GNU C library, then the libraries of GCC. */
const libraries = [
  'libc.so.6',
  'libm.so.6',
  'libmvec.so.1',
  'libdl.so.2',
  'libpthread.so.0',
  'librt.so.1',
  'libutil.so.1',
  'libresolv.so.2',
  'libnss_files.so.2',
  'libnss_dns.so.2',
  'libanl.so.1',
  'libgcc_s.so.1',
  'libstdc++.so.6',
  'libatomic.so.1',
  'libgomp.so.1',
  'libgfortran.so.5',
  'libquadmath.so.0',
];

/**
 * Returns the loader, the C library and the libraries of GCC that this machine has for an architecture, sorted by path.
 * They keep their folders, which are the ones that this loader searches. Undefined without a C library.
 */
export async function runtimeFiles(architecture: string, root = '/'): Promise<readonly RuntimeFile[] | undefined> {
  const abi = abis[architecture];
  if (abi === undefined) return undefined;
  const loader = await fileAt(abi.loader, root);
  const found = await Promise.all(libraries.map((name) => libraryAt(name, abi.machine, root)));
  const others = found.filter((one) => one !== undefined);
  if (loader === undefined || !others.some(({ path }) => path.endsWith('/libc.so.6'))) return undefined;
  return [loader, ...others].toSorted((a, b) => compareText(a.path, b.path));
}

async function libraryAt(name: string, machine: number, root: string): Promise<RuntimeFile | undefined> {
  const multiarch = multiarchName(machine);
  for (const folder of [`/usr/lib/${multiarch}`, `/lib/${multiarch}`, '/usr/lib64', '/lib64', '/usr/lib', '/lib']) {
    const real = await ifExists(realpath(join(root, folder)));
    if (real === undefined) continue;
    const path = posix.join('/', posix.relative(await realpath(root), real), name);
    const file = await fileAt(path, root);
    if (file !== undefined && readElf(file.content)?.machine === machine) return file;
  }
  return undefined;
}

async function fileAt(path: string, root: string): Promise<RuntimeFile | undefined> {
  const source = await ifExists(realpath(join(root, path)));
  const content = source === undefined ? undefined : await ifExists(readFile(source));
  return source === undefined || content === undefined ? undefined : { path, source, content };
}

/** Returns the absolute names of a file where `/lib` is a link to `/usr/lib`: packages may list it by either. */
export function namesOf(source: string): readonly string[] {
  if (source.startsWith('/usr/')) return [source, source.slice('/usr'.length)];
  return dirname(source).startsWith('/lib') ? [source, `/usr${source}`] : [source];
}
