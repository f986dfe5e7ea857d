import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the newest commit of a repository in a folder: a work tree, a bare repository, or one called `repo` in it. */
export class Checkout {
  readonly #folder: string;
  #files: readonly string[] | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Finds `owner/name`, `owner+name` or `name` in the folder. */
  static find(root: string, name: string): Checkout | undefined {
    const folders = [name, name.replaceAll('/', '+'), name.replace(/.*\//, '')].map((path) => join(root, path));
    const found = folders.flatMap((folder) => [join(folder, 'repo'), folder]).find((folder) => existsSync(folder));
    return found === undefined ? undefined : new Checkout(found);
  }

  get branch(): string {
    return this.#git('symbolic-ref', '--short', 'HEAD')?.trim() ?? 'main';
  }

  get files(): readonly string[] {
    this.#files ??= (this.#git('ls-tree', '-r', '-z', '--name-only', 'HEAD') ?? '').split('\0').filter(Boolean);
    return this.#files;
  }

  /** Returns a file at a ref, or where the copy does not have the ref, at its newest commit. */
  read(path: string, ref = 'HEAD'): string | undefined {
    const name = path.replace(/^\/+/, '');
    return this.#git('show', `${ref}:${name}`) ?? (ref === 'HEAD' ? undefined : this.read(name));
  }

  #git(...args: readonly string[]): string | undefined {
    try {
      return execFileSync('git', ['-C', this.#folder, ...args], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      return undefined;
    }
  }
}
