import { rmSync, statSync } from 'node:fs';
import { readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../kit/index.ts';

interface WorkBounds {
  /** Of all that is kept. */
  readonly bytes: number;
  /** Seconds since the last use; 0: however long. */
  readonly age: number;
}

/** File systems set the time of a new file by a clock that may be a little behind. */
const SLACK_MS = 1000;
/** The other files belong to one build, which removes them unless it is interrupted. */
const KEPT = ['layers', 'facts'];
const OWN = /^(?:dockerfile|mirror|relocated|partial)-/;

/**
 * The folder where layers that were made, and what is known of layers, are kept from one build to the next. Whatever
 * reads or writes one of its files sets the file's time, so that builds know by the time what others use. One instance
 * a folder and process; calls may overlap.
 */
export class WorkFolder {
  readonly path: string;
  readonly #running = new Set<{ readonly since: number }>();

  constructor(path: string) {
    this.path = path;
  }

  /** Nothing that the task uses is taken away before it has ended. */
  async use<T>(task: (path: string) => Promise<T>): Promise<T> {
    const run = { since: Date.now() };
    this.#running.add(run);
    try {
      return await task(this.path);
    } finally {
      this.#running.delete(run);
    }
  }

  /**
   * Takes away what has not been used for too long, and of the rest the longest unused, until it is small enough. Gives
   * the bytes that are left.
   */
  async sweep({ bytes, age }: WorkBounds): Promise<number> {
    await this.#removeLeftovers();
    const files = await this.#files();
    const due = age === 0 ? 0 : Date.now() - age * 1000;
    let left = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size, time } of files.toSorted((a, b) => a.time - b.time)) {
      if (left <= bytes && time >= due) break;
      if (this.#removeUnused(path)) left -= size;
    }
    return left;
  }

  /** In one go, so that no build of this process can come to use it between looking and removing. */
  #removeUnused(path: string): boolean {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && stat.mtimeMs >= this.#inUseSince()) return false;
    rmSync(path, { force: true });
    return true;
  }

  #inUseSince(): number {
    return Math.min(...[...this.#running].map(({ since }) => since - SLACK_MS), Infinity);
  }

  /** Of builds that were cut off. */
  async #removeLeftovers(): Promise<void> {
    for (const folder of [this.path, join(this.path, 'layers')]) {
      for (const path of await pathsIn(folder, OWN)) {
        const stat = statSync(path, { throwIfNoEntry: false });
        if (stat !== undefined && stat.mtimeMs < this.#inUseSince()) await rm(path, { recursive: true, force: true });
      }
    }
  }

  async #files(): Promise<readonly { readonly path: string; readonly size: number; readonly time: number }[]> {
    const paths = await Promise.all(KEPT.map((folder) => pathsIn(join(this.path, folder))));
    return paths.flat().flatMap((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() === true ? [{ path, size: stat.size, time: stat.mtimeMs }] : [];
    });
  }
}

/** Marks a kept file as used now, if it still exists. */
export async function touch(file: string): Promise<void> {
  const now = new Date();
  await ifExists(utimes(file, now, now));
}

async function pathsIn(folder: string, pattern = /./): Promise<readonly string[]> {
  const names = (await ifExists(readdir(folder))) ?? [];
  return names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
}
