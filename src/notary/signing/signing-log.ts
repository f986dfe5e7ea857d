import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  Serial,
  chainLine,
  chainStart,
  checkChain,
  ifExists,
  messageOf,
  systemClock,
  timestamp,
  type ChainEnd,
  type Clock,
} from '../../kit/index.ts';
import { notaryError } from '../errors.ts';
import { LogMemory } from './log-memory.ts';
import type { SigningRecord } from './signing-record.ts';

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
  const { lines: sequence, head } = verifySigningLog(whole);
  for (const record of readSigningLog(whole)) memory.take(record);
  return new SigningLog({ path, clock, size: Buffer.byteLength(whole), end: { sequence, head }, memory });
}

interface SigningLogState {
  readonly path: string;
  readonly clock: Clock;
  readonly memory: LogMemory;
  size: number;
  end: ChainEnd;
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
    return this.#state.end.head;
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
    const { path, clock, memory, size } = this.#state;
    if (this.#isClosed) throw failure(path, new Error('it is closed'));
    const { line, end } = chainLine(record, timestamp(clock), this.#state.end);
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
    this.#state.end = end;
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
  const { lines, end, hasHead, fault } = checkChain(text, chainStart, known);
  if (fault !== undefined) throw notaryError('NOTARY_LOG_BROKEN', { ...fault });
  return { lines, head: end.head, hasHead };
}

function failure(path: string, error: unknown) {
  return notaryError('NOTARY_LOG_FAILED', { path, reason: messageOf(error) }, { cause: error });
}
