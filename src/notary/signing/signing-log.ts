import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { hasCode, messageOf, sha256, systemClock, timestamp, type Clock } from '../../kit/index.ts';
import { Serial } from '../../mirror/index.ts';
import { notaryError } from '../errors.ts';
import { LogMemory } from './log-memory.ts';
import type { SigningRecord } from './signing-record.ts';

const Line = z.looseObject({
  sequence: z.number().int().positive(),
  time: z.string(),
  previous: z.string().regex(/^[0-9a-f]{64}$/),
});

const START = '0'.repeat(64);

/**
 * Opens the log of what a notary signed: JSON lines, each with its number and the SHA-256 of the line before. It is
 * read and checked once. A last line that a crash left without its end is taken away: nothing was signed for it.
 */
export async function createSigningLog(
  path: string,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<SigningLog> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw failure(path, error);
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const { lines, head } = verifySigningLog(whole);
  const memory = new LogMemory();
  for (const record of readSigningLog(whole)) memory.take(record);
  return new SigningLog({ path, clock, size: Buffer.byteLength(whole), lines, head, memory });
}

interface SigningLogState {
  readonly path: string;
  readonly clock: Clock;
  readonly size: number;
  readonly lines: number;
  readonly head: string;
  readonly memory: LogMemory;
}

/** One writer for a file. An append that resolves is on the disk. */
export class SigningLog {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #writes = new Serial();
  #isClosed = false;
  #size: number;
  #lines: number;
  #head: string;
  /** What the records say, to be asked. */
  readonly memory: LogMemory;

  constructor(at: SigningLogState) {
    this.#path = at.path;
    this.#clock = at.clock;
    this.#size = at.size;
    this.#lines = at.lines;
    this.#head = at.head;
    this.memory = at.memory;
  }

  /** SHA-256 of the last line: kept elsewhere, it proves later that nothing was cut off the end. */
  get head(): string {
    return this.#head;
  }

  append(record: SigningRecord): Promise<void> {
    return this.#writes.run('log', () => this.#append(record));
  }

  /**
   * Lets the file go to another writer: what is asked later is not written, and so not signed. Waits for what is being
   * written.
   */
  close(): Promise<void> {
    return this.#writes.run('log', async () => {
      this.#isClosed = true;
    });
  }

  async #append(record: SigningRecord): Promise<void> {
    if (this.#isClosed) throw failure(this.#path, new Error('it is closed'));
    const line = JSON.stringify({
      sequence: this.#lines + 1,
      time: timestamp(this.#clock),
      ...record,
      previous: this.#head,
    });
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      const file = await open(this.#path, 'a', 0o640);
      try {
        // What a failed or cut-off append left behind would be the beginning of this line.
        await file.truncate(this.#size);
        await file.writeFile(`${line}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw failure(this.#path, error);
    }
    this.#size += Buffer.byteLength(line) + 1;
    this.#lines += 1;
    this.#head = sha256(line);
    this.memory.take(record);
  }
}

/** The records of a log that has been verified. */
export function readSigningLog(text: string): readonly (SigningRecord & { readonly time: string })[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SigningRecord & { time: string });
}

/**
 * Checks the chain; throws NOTARY_LOG_BROKEN with the first line that does not fit. Gives the count and the last line's
 * SHA-256, and whether some line has the SHA-256 `known`: one that was the last when a copy was made.
 */
export function verifySigningLog(
  text: string,
  known?: string,
): { readonly lines: number; readonly head: string; readonly hasHead: boolean } {
  const lines = text.split('\n').slice(0, -1);
  if (!text.endsWith('\n') && text !== '')
    throw notaryError('NOTARY_LOG_BROKEN', { line: lines.length + 1, reason: 'it has no end' });
  let head = START;
  let hasHead = known === head;
  lines.forEach((line, index) => {
    const reason = faultOf(line, index + 1, head);
    if (reason !== undefined) throw notaryError('NOTARY_LOG_BROKEN', { line: index + 1, reason });
    head = sha256(line);
    hasHead ||= head === known;
  });
  return { lines: lines.length, head, hasHead };
}

function faultOf(line: string, sequence: number, previous: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is not JSON';
  }
  const record = Line.safeParse(value);
  if (!record.success) return 'it is no record';
  if (record.data.sequence !== sequence) return `its number is ${record.data.sequence}`;
  return record.data.previous === previous ? undefined : 'it does not follow from the line before';
}

function failure(path: string, error: unknown) {
  return notaryError('NOTARY_LOG_FAILED', { path, reason: messageOf(error) }, { cause: error });
}
