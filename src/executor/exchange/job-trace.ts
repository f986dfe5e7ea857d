import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Wait } from '../../kit/index.ts';
import type { JobAnswer } from './api-client.ts';
import { red } from '../section.ts';

export interface TraceOptions {
  /** A new file that holds the whole log, so that any part of it can be sent again. */
  readonly file: string;
  readonly send: (offset: number, bytes: Uint8Array) => Promise<JobAnswer>;
  readonly wait: Wait;
  /** Milliseconds between two pieces, until the server names another interval. */
  readonly interval: number;
  /** Bytes; what comes after is dropped, and that is said. */
  readonly limit: number;
}

const PIECE = 512 * 1024;
/** Answers of 416 in a row after which the server is taken to be confused. */
const MISPLACED_LIMIT = 5;

/** A job's log on its way to the server. Writing never waits; sending goes on beside the job. */
export class JobTrace {
  readonly #options: TraceOptions;
  readonly #fd: number;
  #interval: number;
  #size = 0;
  #sent = 0;
  #checksum = 0;
  #isFull = false;
  #failure: unknown;
  #flushing: Promise<boolean> | undefined;
  #isScheduled = false;
  readonly #closed = new AbortController();

  constructor(options: TraceOptions) {
    this.#options = options;
    this.#interval = options.interval;
    this.#fd = openSync(options.file, 'wx+', 0o600);
  }

  /** What is reported to the server about the whole. */
  get output(): { readonly checksum: string; readonly bytesize: number } {
    return { checksum: `crc32:${this.#checksum.toString(16).padStart(8, '0')}`, bytesize: this.#size };
  }

  /** Why the log ends before the job did, if its file could not be written. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Sends all that is there. True if the server has it. */
  async flush(): Promise<boolean> {
    while (this.#flushing !== undefined) await this.#flushing;
    this.#flushing = this.#sendAll();
    try {
      return await this.#flushing;
    } finally {
      this.#flushing = undefined;
    }
  }

  /** Lets the whole log be sent again. */
  rewind(): void {
    this.#sent = 0;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#flushing;
    closeSync(this.#fd);
  }

  /** Adds text. Never waits. */
  write(bytes: Buffer): void {
    if (bytes.length === 0 || this.#isFull || this.#closed.signal.aborted) return;
    const room = this.#options.limit - this.#size;
    this.#isFull = bytes.length > room;
    this.#store(this.#isFull ? Buffer.concat([bytes.subarray(0, room), limitNotice(this.#options.limit)]) : bytes);
    void this.#scheduleFlush();
  }

  #store(bytes: Buffer): void {
    try {
      // A nearly full disk takes a part only.
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
    } catch (error) {
      // A full disk. The job's output comes in an event, where this could not be caught.
      this.#failure = error;
      this.#isFull = true;
      return;
    }
    this.#checksum = crc32(bytes, this.#checksum);
    this.#size += bytes.length;
  }

  async #scheduleFlush(): Promise<void> {
    if (this.#isScheduled || this.#closed.signal.aborted) return;
    this.#isScheduled = true;
    await this.#options.wait(this.#interval, this.#closed.signal);
    this.#isScheduled = false;
    if (this.#closed.signal.aborted) return;
    const isDone = await this.flush().catch(() => false);
    if (!isDone) void this.#scheduleFlush();
  }

  async #sendAll(): Promise<boolean> {
    let misplaced = 0;
    while (this.#sent < this.#size) {
      const piece = this.#read(this.#sent, Math.min(PIECE, this.#size - this.#sent));
      const answer = await this.#options.send(this.#sent, piece);
      if (answer.interval !== undefined) this.#interval = answer.interval * 1000;
      if (answer.status === 202) {
        this.#sent += piece.length;
        misplaced = 0;
      } else if (answer.status === 416 && misplaced < MISPLACED_LIMIT) {
        // Never beyond what we have, whatever the server says.
        this.#sent = Math.min(answer.stored ?? 0, this.#size);
        misplaced += 1;
      } else {
        return false;
      }
    }
    return true;
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#fd, bytes, 0, length, offset);
    return bytes;
  }
}

function limitNotice(limit: number): Buffer {
  return Buffer.from(
    `\n${red(`Job's log exceeded limit of ${limit} bytes.`)}\nJob execution will continue but no more output will be collected.\n`,
  );
}
