import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** Files are sent in larger pieces than Node's default of 64 KB, which takes twice the CPU time. */
const CHUNK_BYTES = 2 ** 20;

/** Returns a stream as the body of a response. `Readable.toWeb` reads ahead and costs half as much again. */
export function webBody(stream: Readable): ReadableStream<Uint8Array> {
  // An error before the first read is thrown by that read.
  stream.on('error', () => undefined);
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        stream.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Returns a file, or the bytes from `start` to `end` of it (both included), as the body of a response. */
export function fileBody(path: string, range: { start?: number; end?: number } = {}): ReadableStream<Uint8Array> {
  return webBody(createReadStream(path, { ...range, highWaterMark: CHUNK_BYTES }));
}
