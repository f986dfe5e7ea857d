import { Readable } from 'node:stream';
import { messageOf } from '../../kit/index.ts';
import type { S3Connection } from './s3-connection.ts';

/**
 * An object as a stream that survives cut connections: it goes on with the byte where it stopped, and only while
 * the object is the same (`If-Match`). Gives up when several connections in a row bring not one byte.
 */
export async function openResuming(connection: S3Connection, key: string): Promise<Readable | undefined> {
  const first = await connection.request({ method: 'GET', key }, (answer) => Promise.resolve(answer));
  if (first === undefined) return undefined;
  const size = Number(first.headers.get('content-length') ?? Number.NaN);
  return Readable.from(chunks(connection, { key, first, size }), { objectMode: false });
}

interface Opened {
  readonly key: string;
  readonly first: Response;
  readonly size: number;
}

const FRUITLESS = 5;

async function* chunks(connection: S3Connection, { key, first, size }: Opened): AsyncGenerator<Uint8Array> {
  const etag = first.headers.get('etag');
  let answer = first;
  let offset = 0;
  for (let fruitless = 0; ; fruitless += 1) {
    let reason = `the connection ended after ${offset} of ${size} bytes`;
    try {
      for await (const chunk of answer.body ?? []) {
        offset += (chunk as Uint8Array).length;
        if ((chunk as Uint8Array).length > 0) fruitless = 0;
        yield chunk as Uint8Array;
      }
      if (Number.isNaN(size)) return;
    } catch (error) {
      reason = `${reason}: ${messageOf(error)}`;
    }
    if (offset >= size) return;
    if (fruitless >= FRUITLESS || Number.isNaN(size)) throw connection.failure({ method: 'GET', key }, 0, reason);
    answer = await continueFrom(connection, { key, offset, etag });
  }
}

async function continueFrom(
  connection: S3Connection,
  { key, offset, etag }: { key: string; offset: number; etag: string | null },
): Promise<Response> {
  const headers = { range: `bytes=${offset}-`, ...(etag === null ? {} : { 'if-match': etag }) };
  const request = { method: 'GET', key, headers } as const;
  const answer = await connection.request(request, (one) => Promise.resolve(one));
  if (answer?.status === 206) return answer;
  await answer?.body?.cancel();
  throw connection.failure(request, 0, `it can not be read on from byte ${offset}`);
}
