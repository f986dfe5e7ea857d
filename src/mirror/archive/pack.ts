import { closeSync, createWriteStream, openSync, readFileSync, readSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack as tarPack, type Header, type Pack } from 'tar-stream';
import {
  SecretSearch,
  SlipwayError,
  closingFile,
  digestStream,
  messageOf,
  type NamedSecrets,
} from '../../kit/index.ts';
import { readSpecFile, type SpecNode } from '../../spack/index.ts';
import { formatBinaryDistribution } from './binary-distribution.ts';
import { BlockGzip } from './block-gzip.ts';
import { mirrorError } from '../errors.ts';
import { readPrefixTree, sortedByName, type PrefixTree, type PrefixFile } from './prefix-tree.ts';
import { RootScan } from '../stores/root-scan.ts';
import { writeFailure } from '../stores/store-failure.ts';
import { unpackedLog } from './unpacked-log.ts';

interface PackRequest {
  /** Folder on disk with the installed files. */
  readonly folder: string;
  /** Absolute path that they were built for; the archive's entries are named by it. */
  readonly prefix: string;
  /** The tarball's path; made or replaced, and removed again if packing fails. */
  readonly output: string;
  readonly node: SpecNode;
  /** Prefix of this package and of each that it links or runs, by DAG hash. */
  readonly prefixes: ReadonlyMap<string, string>;
  /** The text for `.spack/spec.json`, used if the folder has none. */
  readonly specFile?: string;
  /** Further files of `.spack`, by name. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The folder that all packages are installed below; by default the one that holds `prefix`. */
  readonly storeRoot?: string;
  /** Paths of Spack's own that scripts of the package may name. */
  readonly spack?: { readonly sbang: string; readonly prefix: string };
  /** Values that no file may hold; one that does is named by MIRROR_PREFIX_HOLDS_SECRET, and nothing is packed. */
  readonly secrets?: NamedSecrets;
}

export interface PackedTarball {
  readonly file: string;
  /** Of the compressed bytes. */
  readonly sha256: string;
  /** Compressed bytes. */
  readonly size: number;
  /** `sha256:…` of the uncompressed tar, as OCI's `diff_id`. */
  readonly diffId: string;
  /** Uncompressed bytes. */
  readonly tarSize: number;
}

type TarHeader = Partial<Header> & Pick<Header, 'name'>;

// Files up to this size are read at once: a stream each would cost more than the bytes.
const SMALL = 256 * 1024;
const DISTRIBUTION = '.spack/binary_distribution';

/**
 * Packs an installed prefix as Spack does (layout 2 of its tarballs): parent folders first, depth first, files
 * before folders, sorted; owner and times 0, modes 0755 or 0644; hard links once; `.spack/binary_distribution`
 * last. The same files give the same bytes. Streams: memory does not grow with the prefix.
 */
export async function packPrefix(request: PackRequest): Promise<PackedTarball> {
  const tree = await readPrefixTree(request.folder);
  await addMetadata(tree, request);
  const tar = tarPack();
  const [plain, compressed] = [digestStream(), digestStream()];
  const writing = new TarWriter(tar, request).write(tree).catch((error: unknown) => {
    tar.destroy(error as Error);
    throw error;
  });
  const sink = createWriteStream(request.output);
  const results = await Promise.allSettled([
    writing,
    closingFile(sink, () => pipeline([tar as unknown as Readable, plain, new BlockGzip(), compressed, sink])),
  ]);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) {
    await rm(request.output, { force: true });
    // If the output fails, the writer before it fails too, with a less helpful error.
    const ours =
      sink.errored instanceof SlipwayError || sink.errored === null
        ? failures.find((one) => one instanceof SlipwayError)
        : undefined;
    throw ours ?? writeFailure(request.output, sink.errored ?? failures[0]);
  }
  const { sha256, size } = compressed.result();
  const { sha256: plainSha256, size: tarSize } = plain.result();
  return { file: request.output, sha256, size, diffId: `sha256:${plainSha256}`, tarSize };
}

/** Adds the files of `.spack` that the request brings, and checks that its spec file is the package's. */
async function addMetadata(tree: PrefixTree, request: PackRequest): Promise<void> {
  const { folder, node, specFile, metadata = {} } = request;
  const { files, folders } = tree.folders.get('.spack') ?? { files: new Map(), folders: new Map() };
  tree.folders.set('.spack', { files, folders });
  const add = (name: string, text: string) => {
    const source = Buffer.from(text);
    files.set(name, { source, size: source.length, executable: false });
  };
  if (specFile !== undefined && !files.has('spec.json')) add('spec.json', specFile);
  const path = posix.join(folder, '.spack/spec.json');
  const unsuitable = (reason: string) => mirrorError('MIRROR_PREFIX_UNSUITABLE', { path, reason });
  const found = files.get('spec.json');
  if (found === undefined || !('source' in found)) throw unsuitable('there is no spec file');
  const text = typeof found.source === 'string' ? await readFile(found.source, 'utf8') : found.source.toString();
  const { hash } = readSpecFile(text).nodes[0];
  if (hash !== node.hash) throw unsuitable(`it is the spec of /${hash}, not of ${node.name}/${node.hash}`);
  for (const [name, content] of Object.entries(metadata)) add(name, content);
}

class TarWriter {
  readonly #tar: Pack;
  readonly #request: PackRequest;
  readonly #base: string;
  readonly #root: string;
  readonly #secrets: SecretSearch;
  readonly #firstNames = new Map<string, string>();
  readonly #mentions = { text: [] as string[], binary: [] as string[], link: [] as string[] };

  constructor(tar: Pack, request: PackRequest) {
    this.#tar = tar;
    this.#request = request;
    this.#base = request.prefix.replace(/^\/+|\/+$/g, '');
    this.#root = request.storeRoot ?? posix.dirname(request.prefix);
    this.#secrets = new SecretSearch(request.secrets ?? []);
  }

  async write(tree: PrefixTree): Promise<void> {
    const parts = this.#base.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) await this.#folder(parts.slice(0, depth).join('/'));
    await this.#contents(tree, '');
    const text = Buffer.from(this.#distribution());
    await this.#entry({ name: `${this.#base}/${DISTRIBUTION}`, mode: 0o644, type: 'file' }, text);
    this.#tar.finalize();
  }

  async #contents(tree: PrefixTree, below: string): Promise<void> {
    for (const [name, file] of sortedByName(tree.files)) {
      if ('target' in file) await this.#link(below + name, file.target);
      else await this.#file(below + name, file);
    }
    for (const [name, folder] of sortedByName(tree.folders)) {
      await this.#folder(`${this.#base}/${below}${name}`);
      await this.#contents(folder, `${below}${name}/`);
    }
  }

  async #folder(name: string): Promise<void> {
    await this.#entry({ name: `${name}/`, mode: 0o755, type: 'directory' });
  }

  async #link(path: string, target: string): Promise<void> {
    if (target.startsWith(this.#root)) this.#mentions.link.push(path);
    this.#refuse(path, this.#secrets.find(target));
    await this.#entry({ name: `${this.#base}/${path}`, linkname: target, mode: 0o755, type: 'symlink' });
  }

  async #file(path: string, file: PrefixFile): Promise<void> {
    const name = `${this.#base}/${path}`;
    const mode = file.executable ? 0o755 : 0o644;
    const first = file.identity === undefined ? undefined : this.#firstNames.get(file.identity);
    if (first !== undefined) return this.#entry({ name, linkname: first, mode, type: 'link' });
    if (file.identity !== undefined) this.#firstNames.set(file.identity, name);
    const scan = new RootScan(this.#root);
    const secrets = this.#secrets.open();
    const inspect = (bytes: Buffer): void => {
      scan.push(bytes);
      secrets.push(bytes);
      if (path.startsWith('.spack/') && bytes.length === file.size) this.#refuse(path, this.#secretInLog(bytes));
    };
    await this.#body({ name, mode, size: file.size, type: 'file' }, file, inspect);
    this.#refuse(path, secrets.found ?? this.#secrets.find(path));
    const mention = scan.result();
    // Spack looks neither at its own files nor at manual pages.
    if (mention !== 'none' && !/(?:^|\/)(?:\.spack|man)\//.test(path)) this.#mentions[mention].push(path);
    return undefined;
  }

  #secretInLog(bytes: Buffer): string | undefined {
    return this.#secrets.isEmpty ? undefined : this.#secrets.find(unpackedLog(bytes));
  }

  #refuse(path: string, name: string | undefined): void {
    if (name === undefined) return;
    throw mirrorError('MIRROR_PREFIX_HOLDS_SECRET', { path: this.#secrets.mask(`/${this.#base}/${path}`), name });
  }

  async #body(header: TarHeader, file: PrefixFile, inspect: (bytes: Buffer) => void): Promise<void> {
    try {
      if (typeof file.source === 'string' && file.size > SMALL) {
        await pipeline(Readable.from(chunksOf(file.source, inspect)), this.#tar.entry(complete(header)));
        return;
      }
      const bytes = typeof file.source === 'string' ? readFileSync(file.source) : file.source;
      inspect(bytes);
      await this.#entry(header, bytes);
    } catch (error) {
      if (error instanceof SlipwayError) throw error;
      throw mirrorError('MIRROR_PREFIX_UNSUITABLE', { path: header.name, reason: messageOf(error) }, { cause: error });
    }
  }

  #entry(header: TarHeader, body?: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve());
      if (body === undefined) this.#tar.entry(complete(header), done);
      else this.#tar.entry(complete(header), body, done);
    });
  }

  #distribution(): string {
    return formatBinaryDistribution({
      buildpath: this.#root,
      sbang: this.#request.spack?.sbang,
      spackPrefix: this.#request.spack?.prefix,
      relativePrefix: posix.relative(this.#root, `/${this.#base}`),
      relocateTextfiles: this.#mentions.text,
      relocateBinaries: this.#mentions.binary,
      relocateLinks: this.#mentions.link,
      hashToPrefix: this.#request.prefixes,
    });
  }
}

/**
 * Reads a file's bytes and passes them to `inspect` as well. Reads in this thread: the thread pool compresses, and each
 * read would wait behind some blocks.
 */
function* chunksOf(path: string, inspect: (bytes: Buffer) => void): Iterable<Buffer> {
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(SMALL);
      const size = readSync(file, chunk);
      if (size === 0) return;
      const bytes = chunk.subarray(0, size);
      inspect(bytes);
      yield bytes;
    }
  } finally {
    closeSync(file);
  }
}

/** Owner and time as in every archive of ours. A last part over ustar's field is put into a PAX record. */
function complete(header: TarHeader): TarHeader {
  const last = posix.basename(header.name);
  return { ...header, uid: 0, gid: 0, mtime: new Date(0), ...(Buffer.byteLength(last) > 98 ? { pax: {} } : {}) };
}
