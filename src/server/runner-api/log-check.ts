import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { hasCode } from '../../kit/index.ts';
import type { TraceOutput } from '../../protocol/index.ts';

/** How often a runner sends a log again. A difference that remains is permanent. */
const MOST_RESENDS = 3;

/**
 * Compares stored logs with the size and CRC in the last update of runners. A log that differs is requested again a few
 * times. After that it is `damaged`, so that a job can end whatever its runner computes.
 */
export class LogCheck {
  readonly #resends = new Map<string, number>();

  async verdict(job: string, file: string, output: TraceOutput | null | undefined): Promise<Verdict> {
    if (output === null || output === undefined || (await fits(file, output))) {
      this.#resends.delete(job);
      return 'whole';
    }
    const resends = this.#resends.get(job) ?? 0;
    if (resends >= MOST_RESENDS) {
      this.#resends.delete(job);
      return 'damaged';
    }
    this.#resends.set(job, resends + 1);
    return 'incomplete';
  }
}

type Verdict = 'whole' | 'incomplete' | 'damaged';

/** Compares with the size and CRC-32 (IEEE) of a file; a missing file is empty. */
async function fits(file: string, { bytesize, checksum }: TraceOutput): Promise<boolean> {
  const expected = /^crc32:([\da-f]{1,8})$/i.exec(checksum ?? '')?.[1];
  let size = 0;
  let crc = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      size += chunk.length;
      crc = crc32(chunk, crc);
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  return (bytesize ?? size) === size && (expected === undefined || Number.parseInt(expected, 16) === crc);
}
