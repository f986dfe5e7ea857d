import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header, Pack } from 'tar-stream';
import { SecretSearch, SlipwayError, messageOf, type NamedSecrets } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { RootScan } from './root-scan.ts';
import { formatBinaryDistribution } from './binary-distribution.ts';
import { sortedByName, type PrefixFile, type PrefixTree } from './prefix-tree.ts';
import { unpackedLog } from './unpacked-log.ts';

/** What the archive of a prefix depends on besides its files. */
export interface TarContents {
  /** Absolute path that the files were built for; the archive's entries are named by it. */
  readonly prefix: string;
  /** Prefix of this package and of each that it links or runs, by DAG hash. */
  readonly prefixes: ReadonlyMap<string, string>;
  /** The folder that all packages are installed below; by default the one that holds `prefix`. */
  readonly storeRoot?: string;
  /** Paths of Spack's own that scripts of the package may name. */
  readonly spack?: { readonly sbang: string; readonly prefix: string };
  /** Values that no file may hold; one that does is named by MIRROR_PREFIX_HOLDS_SECRET, and nothing is packed. */
  readonly secrets?: NamedSecrets;
}

type TarHeader = Partial<Header> & Pick<Header, 'name'>;

// Files up to this size are read at once: a stream each would cost more than the bytes.
const SMALL = 256 * 1024;
const DISTRIBUTION = '.spack/binary_distribution';

/** Writes the entries of a prefix, and notes which files name the folder that packages are installed below. */
export class TarWriter {
  readonly #tar: Pack;
  readonly #contents: TarContents;
  readonly #base: string;
  readonly #root: string;
  readonly #secrets: SecretSearch;
  readonly #firstNames = new Map<string, string>();
  readonly #mentions = { text: [] as string[], binary: [] as string[], link: [] as string[] };

  constructor(tar: Pack, contents: TarContents) {
    this.#tar = tar;
    this.#contents = contents;
    this.#base = contents.prefix.replace(/^\/+|\/+$/g, '');
    this.#root = contents.storeRoot ?? posix.dirname(contents.prefix);
    this.#secrets = new SecretSearch(contents.secrets ?? []);
  }

  async write(tree: PrefixTree): Promise<void> {
    const parts = this.#base.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) await this.#folder(parts.slice(0, depth).join('/'));
    await this.#tree(tree, '');
    const text = Buffer.from(this.#distribution());
    await this.#entry({ name: `${this.#base}/${DISTRIBUTION}`, mode: 0o644, type: 'file' }, text);
    this.#tar.finalize();
  }

  async #tree(tree: PrefixTree, below: string): Promise<void> {
    for (const [name, file] of sortedByName(tree.files)) {
      if ('target' in file) await this.#link(below + name, file.target);
      else await this.#file(below + name, file);
    }
    for (const [name, folder] of sortedByName(tree.folders)) {
      await this.#folder(`${this.#base}/${below}${name}`);
      await this.#tree(folder, `${below}${name}/`);
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
      sbang: this.#contents.spack?.sbang,
      spackPrefix: this.#contents.spack?.prefix,
      relativePrefix: posix.relative(this.#root, `/${this.#base}`),
      relocateTextfiles: this.#mentions.text,
      relocateBinaries: this.#mentions.binary,
      relocateLinks: this.#mentions.link,
      hashToPrefix: this.#contents.prefixes,
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
