import { posix } from 'node:path';
import type { Header } from 'tar-stream';
import { mirrorError } from '../errors.ts';

type ArchiveKind = 'file' | 'folder' | 'symlink' | 'hardlink';

export interface ArchiveEntry {
  /** Without a slash at either end. */
  readonly name: string;
  readonly kind: ArchiveKind;
  readonly size: number;
  readonly executable: boolean;
  /** Of links: the symbolic link's text, or the name of the hard link's first file. */
  readonly target: string;
}

/** Absolute prefixes that symbolic links of a package may point into, by the package's own. */
export type LinkRoots = (prefix: string) => Iterable<string>;

const kinds: Readonly<Record<string, ArchiveKind>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'symlink',
  link: 'hardlink',
};

/**
 * The rules for a package's archive. `add` receives every entry in order and refuses what could do harm when it is
 * unpacked; `finish` finds the prefix and refuses what is outside of it.
 */
export class ArchiveRules {
  /** Bits of a mode that no entry may have. */
  readonly #special: (kind: ArchiveKind) => number;
  readonly #kinds = new Map<string, ArchiveKind | 'implied'>();
  readonly #symlinks: ArchiveEntry[] = [];

  /** `isOld`: archives of Spack up to 0.18 keep the set-group-id bit of folders, which is harmless. */
  constructor({ isOld = false }: { readonly isOld?: boolean } = {}) {
    this.#special = (kind) => (isOld && kind === 'folder' ? 0o5000 : 0o7000);
  }

  add(header: Header): ArchiveEntry {
    const entry = readHeader(header, this.#special);
    this.#enter(entry);
    if (entry.kind === 'hardlink' && this.#kinds.get(entry.target) !== 'file') {
      throw refused(entry.name, `is a hard link to \`${entry.target}\`, which is no earlier file of the archive`);
    }
    if (entry.kind === 'symlink') this.#symlinks.push(entry);
    return entry;
  }

  /** The package's prefix: the grandparent of the topmost `.spack/binary_distribution`, as Spack's reader has it. */
  finish(linkRoots: LinkRoots = () => []): string {
    const marks = [...this.#kinds].filter(
      ([name, kind]) => kind === 'file' && name.endsWith('/.spack/binary_distribution'),
    );
    const [mark] = marks.map(([name]) => name).toSorted((a, b) => a.split('/').length - b.split('/').length);
    if (mark === undefined)
      throw mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: 'it holds no `.spack/binary_distribution`' });
    const base = posix.dirname(posix.dirname(mark));
    for (const [name, kind] of this.#kinds) {
      const isParent = (kind === 'folder' || kind === 'implied') && `${base}/`.startsWith(`${name}/`);
      if (!isParent && !name.startsWith(`${base}/`)) throw refused(name, `is outside of the prefix \`/${base}\``);
    }
    const roots = [`/${base}`, ...linkRoots(`/${base}`)];
    for (const link of this.#symlinks) checkSymlink(link, roots);
    return `/${base}`;
  }

  #enter(entry: ArchiveEntry): void {
    const parts = entry.name.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const parent = parts.slice(0, depth).join('/');
      const kind = this.#kinds.get(parent);
      if (kind === undefined) this.#kinds.set(parent, 'implied');
      else if (kind !== 'folder' && kind !== 'implied')
        throw refused(entry.name, `is below \`${parent}\`, which is no folder`);
    }
    const present = this.#kinds.get(entry.name);
    if (present !== undefined && !(present === 'implied' && entry.kind === 'folder'))
      throw refused(entry.name, 'is there twice');
    this.#kinds.set(entry.name, entry.kind === 'hardlink' ? 'file' : entry.kind);
  }
}

function readHeader(header: Header, special: (kind: ArchiveKind) => number): ArchiveEntry {
  const kind = kinds[header.type ?? ''];
  if (kind === undefined) throw refused(header.name, `is no file, folder or link (${header.type})`);
  const name = header.name.replace(/\/$/, '');
  if (!isPlainPath(name)) throw refused(header.name, 'is an absolute path, or has `..`, `.` or an empty part');
  const mode = header.mode ?? 0;
  if ((mode & special(kind)) !== 0) throw refused(name, 'has the set-user-id, set-group-id or sticky bit');
  const target = header.linkname ?? '';
  if ((kind === 'symlink' || kind === 'hardlink') && (target === '' || target.includes('\0')))
    throw refused(name, 'is a link to nothing');
  return { name, kind, size: header.size ?? 0, executable: (mode & 0o100) !== 0, target };
}

function isPlainPath(name: string): boolean {
  return (
    !name.includes('\0') &&
    !name.includes('\uFFFD') &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

function checkSymlink(link: ArchiveEntry, roots: readonly string[]): void {
  const target = posix.resolve(`/${posix.dirname(link.name)}`, link.target);
  if (!roots.some((root) => target === root || target.startsWith(`${root}/`))) {
    throw refused(link.name, `is a link to \`${link.target}\`, outside of the package and of what it depends on`);
  }
}

function refused(name: string, reason: string) {
  return mirrorError('MIRROR_ARCHIVE_REFUSED', { name, reason });
}
