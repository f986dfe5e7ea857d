import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectBody } from '../stores/object-store.ts';

const IN_MEMORY = 8 * 2 ** 20;

/** Bytes that are kept in memory while they are few, and in a file from then on. */
export class Spool {
  size = 0;
  #pieces: Buffer[] = [];
  #held = 0;
  #folder: string | undefined;
  #file: FileHandle | undefined;

  async write(bytes: Buffer): Promise<void> {
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    this.size += bytes.length;
    if (this.#held > IN_MEMORY) await this.#spill();
  }

  async body(): Promise<ObjectBody> {
    if (this.#file === undefined) return Buffer.concat(this.#pieces);
    await this.#spill();
    await this.#file.close();
    this.#file = undefined;
    return { file: join(this.#folder ?? '', 'index'), size: this.size };
  }

  async remove(): Promise<void> {
    await this.#file?.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #spill(): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'slipway-index-'));
    this.#file ??= await open(join(this.#folder, 'index'), 'w');
    await this.#file.writeFile(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#held = 0;
  }
}
