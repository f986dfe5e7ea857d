import { posix } from 'node:path';
import { SecretSearch, digestStream, isElf, type SecretScan } from '../../kit/index.ts';
import type { Blob } from '../../oci/index.ts';
import { runEnvironmentFile } from '../../spack/index.ts';
import { isFile, layerEntries, plainPath, type TarEntry } from '../layers/layer-tar.ts';
import { refuseSecret } from '../refuse-secret.ts';
import { readElf, type Elf } from './elf.ts';

/** One entry of a layer. Paths have no slash at either end. */
export interface LayerPath {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'hard' | 'other';
  /** Of links, as it is written; of hard links, the path in the layer. */
  readonly target?: string;
  /** Of folders: what a later layer must restore. */
  readonly folder?: FolderFacts;
  readonly elf?: Elf;
}

interface FolderFacts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** Facts about a layer. They follow from its digest, so they can be kept for ever. */
export interface LayerFacts {
  /** Digest of the uncompressed tar, which configurations name. */
  readonly diffId: string;
  readonly paths: readonly LayerPath[];
  /** The install tree that a package in it was built for, from its metadata. */
  readonly installTree?: string;
  /** Folders that its `ld.so.conf` files and `ld.so.cache` name. */
  readonly loaderFolders: readonly string[];
  /** Programs `sbang` that first lines of its scripts call: `/opt/stack/bin/sbang`. */
  readonly sbang: readonly string[];
  /**
   * Content of the few files that are looked into, by path: the users and groups of a base, what packages do to an
   * environment.
   */
  readonly texts: Readonly<Record<string, string>>;
}

/** Larger programs are listed without what they need: they are held in memory to be read. */
const MAX_ELF = 1024 ** 3;
const MAX_TEXT = 64 * 1024;
const LOADER_CACHE = 'etc/ld.so.cache';
const DISTRIBUTION = '/.spack/binary_distribution';
const KEPT_TEXTS: ReadonlySet<string> = new Set(['etc/passwd', 'etc/group', 'etc/shadow']);

/**
 * Reads a layer from end to end, one file at a time. Throws IMAGE_LAYER_HOLDS_SECRET for the first file that contains a
 * secret.
 */
export async function readLayerFacts(layer: Blob, secrets: SecretSearch = new SecretSearch([])): Promise<LayerFacts> {
  const meter = digestStream();
  const paths: LayerPath[] = [];
  const loaderFolders: string[] = [];
  const sbang = new Set<string>();
  const texts: Record<string, string> = {};
  let installTree: string | undefined;
  for await (const entry of layerEntries(layer, [meter])) {
    const found = describe(entry);
    const { path } = found;
    const scan = secrets.open();
    const body = await headOf(entry, scan);
    refuseSecret(secrets, path, scan.found ?? secrets.find(`${path} ${found.target ?? ''}`));
    const elf = readElf(body);
    paths.push(elf === undefined ? found : { ...found, elf });
    if (path.endsWith(DISTRIBUTION)) installTree ??= treeIn(body);
    if (isKept(path) && body.length > 0) texts[path] = body.toString('utf8');
    if (isLoaderFile(path)) loaderFolders.push(...loaderLines(body));
    if (path === LOADER_CACHE) loaderFolders.push(...cachedFolders(body));
    const script = /^#!\s*\/bin\/(?:ba)?sh (\/\S*\/bin\/sbang)\s/.exec(body.toString('latin1', 0, 512));
    if (script?.[1] !== undefined) sbang.add(script[1]);
  }
  const diffId = `sha256:${meter.result().sha256}`;
  return { installTree, diffId, paths, loaderFolders, sbang: [...sbang], texts };
}

function isKept(path: string): boolean {
  return KEPT_TEXTS.has(path) || path.endsWith(`/${runEnvironmentFile}`);
}

function describe(entry: TarEntry): LayerPath {
  const { name, type, mode, uid, gid, mtime, linkname } = entry.header;
  const path = plainPath(name);
  if (type === 'symlink') return { path, kind: 'link', target: linkname ?? '' };
  if (type === 'link') return { path, kind: 'hard', target: plainPath(linkname ?? '') };
  if (isFile(entry)) return { path, kind: 'file' };
  if (type !== 'directory') return { path, kind: 'other' };
  const seconds = Math.floor((mtime?.getTime() ?? 0) / 1000);
  return { path, kind: 'folder', folder: { mode: mode & 0o7777, uid, gid, mtime: seconds } };
}

/**
 * The whole file if it is a program or small enough to look into; otherwise its beginning. The rest is read all the
 * same: an entry that is left in the middle would stop the archive.
 */
async function headOf(entry: TarEntry, scan: SecretScan): Promise<Buffer> {
  const { name, size } = entry.header;
  const isSmall = size <= MAX_TEXT || name.endsWith(DISTRIBUTION) || isKept(name) || plainPath(name) === LOADER_CACHE;
  const isProgram = (head: Buffer) => isElf(head) && size <= MAX_ELF && !name.endsWith('.o');
  const chunks: Buffer[] = [];
  for await (const chunk of entry as AsyncIterable<Buffer>) {
    scan.push(chunk);
    const [head] = chunks;
    if (head === undefined || isSmall || isProgram(head)) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `buildpath` of Spack's metadata, which is JSON or YAML with one key a line. */
function treeIn(body: Buffer): string | undefined {
  return /["']?\bbuildpath["']?: *["']?(\/[^"',\n]*)/.exec(body.toString('utf8'))?.[1];
}

function isLoaderFile(path: string): boolean {
  return path === 'etc/ld.so.conf' || /^etc\/ld\.so\.conf\.d\/[^/]+\.conf$/.test(path);
}

function loaderLines(body: Buffer): readonly string[] {
  const lines = body.toString('utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('/'));
}

/** The folders of the libraries that ldconfig(8) listed; names in the cache end with a zero byte. */
function cachedFolders(body: Buffer): readonly string[] {
  const paths = body.toString('latin1').match(/\/[^\0]+/g) ?? [];
  return [...new Set(paths.map((path) => posix.dirname(path)))].filter((folder) => /^\/./.test(folder));
}
