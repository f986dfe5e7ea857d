import { Readable } from 'node:stream';
import { messageOf } from '../../kit/index.ts';

/** What answers requests for one store: S3, or any web server. */
interface ReadConnection {
  /** Tries until there is an answer for good; undefined for what is not there. */
  request<T>(request: ReadRequest, read: (answer: Response) => Promise<T>): Promise<T | undefined>;
  failure(request: ReadRequest, status: number, reason: string): Error;
}

interface ReadRequest {
  readonly method: 'GET';
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An object as a stream that survives cut connections: it goes on with the byte where it stopped, and only while
 * the object is the same (`If-Match`). Gives up when several connections in a row bring not one byte.
 */
export async function openResuming(
  connection: ReadConnection,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Readable | undefined> {
  const first = await connection.request({ method: 'GET', key, headers }, (answer) => Promise.resolve(answer));
  if (first === undefined) return undefined;
  // Of what was compressed on the way, the length is not that of what comes out.
  const isAsItIs = (first.headers.get('content-encoding') ?? 'identity') === 'identity';
  const size = isAsItIs ? Number(first.headers.get('content-length') ?? Number.NaN) : Number.NaN;
  return Readable.from(chunks(connection, { key, headers, first, size }), { objectMode: false });
}

interface Opened {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly first: Response;
  readonly size: number;
}

const FRUITLESS = 5;

async function* chunks(connection: ReadConnection, { key, headers, first, size }: Opened): AsyncGenerator<Uint8Array> {
  const same = { ...headers, ...conditionOf(first) };
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
    answer = await continueFrom(connection, { key, offset, headers: same });
  }
}

/** A weak tag (`W/"…"`) promises equal meaning, not equal bytes. */
function conditionOf({ headers }: Response): Readonly<Record<string, string>> {
  const [etag, modified] = [headers.get('etag'), headers.get('last-modified')];
  if (etag !== null && !etag.startsWith('W/')) return { 'if-match': etag };
  return modified === null ? {} : { 'if-unmodified-since': modified };
}

async function continueFrom(
  connection: ReadConnection,
  { key, offset, headers }: { key: string; offset: number; headers: Readonly<Record<string, string>> },
): Promise<Response> {
  const range: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
  const request = { method: 'GET', key, headers: { ...headers, ...range } } as const;
  const answer = await connection.request(request, (one) => Promise.resolve(one));
  if (answer !== undefined && startOf(answer) === offset) return answer;
  await answer?.body?.cancel();
  throw connection.failure(request, 0, `it cannot be read on from byte ${offset}`);
}

function startOf({ status, headers }: Response): number {
  if (status === 200) return 0;
  return Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}
