import type { Readable } from 'node:stream';

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Opaque; changes with the content. */
  readonly etag: string;
  /** When the object was written, in milliseconds since 1970, if the store reports it. */
  readonly modified?: number;
}

export interface PutOptions {
  /** Write only if the object has this etag now (`undefined`: whatever), or only if there is none (`'absent'`). */
  readonly ifMatch?: string;
  readonly contentType?: string;
}

/**
 * What a `put` takes: bytes, or a file on disk that is streamed. A file that is `temporary` is removed by the caller
 * afterwards and never written to again: a store on the same disk may link it.
 */
export type ObjectBody = Uint8Array | { readonly file: string; readonly size: number; readonly temporary?: true };

/**
 * Where a mirror's objects are: a folder, S3 through the gateway, a registry. Keys are relative, with `/`, never
 * with `..`. A put is atomic: readers see the whole object or none. Safe for concurrent use; nothing is cached.
 * Keys of `list` come in the order of their UTF-8 bytes, as S3 lists them.
 */
export interface ObjectStore {
  /** For messages, without credentials: `file:///srv/mirror`, `s3://stack/pr/1`. */
  readonly url: string;
  get(key: string): Promise<Buffer | undefined>;
  /** A stream for what may be large; `undefined` if there is no such object. */
  open(key: string): Promise<Readable | undefined>;
  /** Like `open`, for the bytes from `start` to `end` (both included), where the store can begin in the middle. */
  openRange?(key: string, range: { readonly start: number; readonly end: number }): Promise<Readable | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  put(key: string, body: ObjectBody, options?: PutOptions): Promise<void>;
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /**
   * Makes `target` an object with the bytes of `source` without moving them through this process, where the store can.
   */
  copy?(source: string, target: string): Promise<void>;
  /**
   * Like `copy` from another store, whose bytes do not move through this process: a hard link, a copy within one S3
   * service, a mount within one registry. False where the two cannot; then nothing was done.
   */
  adopt?(source: ObjectStore, sourceKey: string, target: string): Promise<boolean>;
  /**
   * Makes `target` of the first `keep` bytes of `source` and `tail` after them, without moving the kept bytes through
   * this process, where the store can. Not waited for until the disk has it: for what can be made again.
   */
  extend?(source: string, target: string, change: { readonly keep: number; readonly tail: Uint8Array }): Promise<void>;
  /**
   * Removes an unused object; only the index publisher does. Absent if nothing may be removed.
   */
  remove?(key: string): Promise<void>;
}
