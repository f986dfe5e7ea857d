import { buffer } from 'node:stream/consumers';
import type { S3Connection } from './s3-connection.ts';
import { beginUpload, complete, putPart } from './s3-multipart.ts';
import { openResuming } from './resuming-read.ts';

/** S3 takes no smaller part, but for the last. */
const SMALLEST_PART = 5 * 2 ** 20;
/** Nor a larger one. */
const LARGEST_PART = 5 * 2 ** 30;

interface Extension {
  readonly source: string;
  readonly target: string;
  /** Bytes of `source` to keep. */
  readonly keep: number;
  readonly tail: Uint8Array;
}

/** An upload of two parts, the first of which the service copies by itself; small objects go through this process. */
export async function extendObject(connection: S3Connection, extension: Extension): Promise<void> {
  const { source, target, keep, tail } = extension;
  const headers = { 'content-type': 'application/octet-stream' };
  if (keep > LARGEST_PART)
    throw connection.failure({ method: 'PUT', key: target }, 0, 'it is larger than a part can be');
  if (keep < SMALLEST_PART) return extendSmall(connection, extension);
  const id = await beginUpload(connection, { key: target, headers });
  try {
    const copying = {
      'x-amz-copy-source': connection.copySource(source),
      'x-amz-copy-source-range': `bytes=0-${keep - 1}`,
    };
    const kept = await putPart(connection, { key: target, id, number: 1, headers: copying });
    const added = await putPart(connection, { key: target, id, number: 2, body: tail });
    await complete(connection, { key: target, id, etags: [kept, added], size: keep + tail.length, headers });
  } catch (error) {
    const abort = { method: 'DELETE', key: target, query: { uploadId: id } } as const;
    await connection.request(abort, (answer) => answer.text()).catch(() => undefined);
    throw error;
  }
}

async function extendSmall(connection: S3Connection, { source, target, keep, tail }: Extension): Promise<void> {
  const request = { method: 'PUT', key: target } as const;
  const stream = await openResuming(connection, source);
  if (stream === undefined) throw connection.failure({ ...request, key: source }, 404, 'NoSuchKey');
  const bytes = (await buffer(stream)).subarray(0, keep);
  if (bytes.length < keep) throw connection.failure({ ...request, key: source }, 0, 'it is shorter than it was');
  await connection.request({ ...request, body: Buffer.concat([bytes, tail]) }, (answer) => answer.text());
}
