import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { Serial, ifExists, messageOf, parseJson, sha256, systemClock, timestamp, type Clock } from '../../kit/index.ts';
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
 * read and checked once. A last line that a crash left without its end is removed: nothing was signed for it.
 */
export async function createSigningLog(
  path: string,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<SigningLog> {
  const text = await ifExists(readFile(path, 'utf8')).catch((error: unknown) => {
    throw failure(path, error);
  });
  const whole = text?.slice(0, text.lastIndexOf('\n') + 1) ?? '';
  const memory = new LogMemory();
  const end = verifySigningLog(whole);
  for (const record of readSigningLog(whole)) memory.take(record);
  return new SigningLog({ path, clock, size: Buffer.byteLength(whole), ...end, memory });
}

interface SigningLogState {
  readonly path: string;
  readonly clock: Clock;
  readonly memory: LogMemory;
  size: number;
  lines: number;
  head: string;
}

/** One writer for a file. An append that resolves is on the disk. */
export class SigningLog {
  readonly #writes = new Serial();
  readonly #state: SigningLogState;
  #isClosed = false;

  constructor(state: SigningLogState) {
    this.#state = state;
  }

  /** The state that the records lead to. */
  get memory(): LogMemory {
    return this.#state.memory;
  }

  /** SHA-256 of the last line: kept elsewhere, it proves later that nothing was cut off the end. */
  get head(): string {
    return this.#state.head;
  }

  append(record: SigningRecord): Promise<void> {
    return this.#writes.run('log', () => this.#append(record));
  }

  /**
   * Releases the file to another writer: later records are not written, and so not signed. Waits for what is being
   * written.
   */
  close(): Promise<void> {
    return this.#writes.run('log', async () => {
      this.#isClosed = true;
    });
  }

  async #append(record: SigningRecord): Promise<void> {
    const { path, clock, memory, size, lines, head } = this.#state;
    if (this.#isClosed) throw failure(path, new Error('it is closed'));
    const line = JSON.stringify({ sequence: lines + 1, time: timestamp(clock), ...record, previous: head });
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a', 0o640);
      try {
        // The rest of a failed or interrupted append would be the beginning of this line.
        await file.truncate(size);
        await file.writeFile(`${line}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw failure(path, error);
    }
    this.#state.size += Buffer.byteLength(line) + 1;
    this.#state.lines += 1;
    this.#state.head = sha256(line);
    memory.take(record);
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
 * Checks the chain; throws NOTARY_LOG_BROKEN with the first line that does not fit. Returns the count and the last
 * line's SHA-256, and whether some line has the SHA-256 `known`: one that was the last when a copy was made.
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
  const { data } = Line.safeParse(parseJson(line));
  if (data === undefined) return 'it is no record';
  if (data.sequence !== sequence) return `its number is ${data.sequence}`;
  return data.previous === previous ? undefined : 'it does not follow from the line before';
}

function failure(path: string, error: unknown) {
  return notaryError('NOTARY_LOG_FAILED', { path, reason: messageOf(error) }, { cause: error });
}
