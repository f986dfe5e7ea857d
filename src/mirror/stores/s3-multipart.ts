import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import PQueue from 'p-queue';
import { readCopiedPart, readParts, readUploadId, readUploads } from './s3-answers.ts';
import { drained, type S3Connection } from './s3-connection.ts';

interface FileUpload {
  readonly key: string;
  readonly file: { readonly file: string; readonly size: number };
  /** Headers of the object; conditions hold when the parts are put together. */
  readonly headers: Readonly<Record<string, string>>;
}

const SMALLEST_PART = 16 * 2 ** 20;
const MOST_PARTS = 9000;
const AT_ONCE = 4;
/** S3's code for an upload that was completed or aborted. */
const GONE = 'NoSuchUpload';

/**
 * Puts a large file in parts. An upload of the same object that was cut off is gone on with: parts that are there
 * with the right bytes (their MD5 is their etag) are not sent again. Nothing is seen of the object before the last
 * step. An upload that fails is left for the next try; servers remove old ones by a rule of the bucket.
 */
export async function putInParts(connection: S3Connection, upload: FileUpload): Promise<void> {
  const { key, file, headers } = upload;
  const id = (await openUpload(connection, key)) ?? (await beginUpload(connection, upload));
  const present = await partsOf(connection, key, id);
  const handle = await open(file.file);
  try {
    const etags = await sendParts(connection, { key, id, present, handle, size: file.size });
    await complete(connection, { key, id, etags, size: file.size, headers });
  } catch (error) {
    // Another writer of the same blob has completed this upload.
    const isGone = (error as { details?: { reason?: unknown } }).details?.reason === GONE;
    if (!isGone || (await sizeOf(connection, key)) !== file.size) throw error;
  } finally {
    await handle.close();
  }
}

/** Size of each part but the last. */
function partSizeOf(size: number, usual = SMALLEST_PART): number {
  return size <= usual * MOST_PARTS ? usual : Math.ceil(size / MOST_PARTS / 2 ** 20) * 2 ** 20;
}

async function openUpload(connection: S3Connection, key: string): Promise<string | undefined> {
  const query = { uploads: '', prefix: connection.prefix + key };
  const request = { method: 'GET', key, target: 'bucket', query } as const;
  // Who may write need not be allowed to list uploads: then it starts again.
  const text = await connection.request(request, (answer) => answer.text()).catch(() => undefined);
  return readUploads(text ?? '').findLast((one) => one.key === connection.prefix + key)?.id;
}

/** Returns the id of a new upload in parts. */
export async function beginUpload(
  connection: S3Connection,
  { key, headers }: Pick<FileUpload, 'key' | 'headers'>,
): Promise<string> {
  const request = {
    method: 'POST',
    key,
    query: { uploads: '' },
    headers: { 'content-type': headers['content-type'] ?? 'application/octet-stream' },
  } as const;
  const id = readUploadId((await connection.request(request, (answer) => answer.text())) ?? '');
  if (id === undefined) throw connection.failure(request, 0, 'the answer names no upload');
  return id;
}

/** Part number to etag (MD5 in hexadecimal) and size of what is there already. */
async function partsOf(
  connection: S3Connection,
  key: string,
  id: string,
): Promise<ReadonlyMap<number, { etag: string; size: number }>> {
  const parts = new Map<number, { etag: string; size: number }>();
  let marker: string | undefined;
  do {
    const query = { uploadId: id, ...(marker === undefined ? {} : { 'part-number-marker': marker }) };
    const text = await connection.request({ method: 'GET', key, query }, (answer) => answer.text());
    const page = readParts(text ?? '');
    for (const { number, etag, size } of page.parts) parts.set(number, { etag, size });
    marker = page.next;
  } while (marker !== undefined);
  return parts;
}

interface Sending {
  readonly key: string;
  readonly id: string;
  readonly present: ReadonlyMap<number, { etag: string; size: number }>;
  readonly handle: FileHandle;
  readonly size: number;
}

async function sendParts(connection: S3Connection, sending: Sending): Promise<readonly string[]> {
  const { size } = sending;
  const partSize = partSizeOf(size, connection.options.partSize);
  const queue = new PQueue({ concurrency: AT_ONCE });
  const starts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index * partSize);
  const send = (start: number, index: number) => {
    const bytes = Buffer.alloc(Math.min(partSize, size - start));
    return sendPart(connection, sending, { number: index + 1, bytes, start });
  };
  try {
    return await Promise.all(starts.map((start, index) => queue.add(() => send(start, index))));
  } finally {
    queue.clear();
    await queue.onIdle();
  }
}

async function sendPart(
  connection: S3Connection,
  { key, id, present, handle }: Sending,
  { number, bytes, start }: { readonly number: number; readonly bytes: Buffer; readonly start: number },
): Promise<string> {
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
  if (bytesRead < bytes.length) throw connection.failure({ method: 'PUT', key }, 0, 'the file is shorter than it was');
  const md5 = createHash('md5').update(bytes).digest('hex');
  const known = present.get(number);
  if (known?.size === bytes.length && known.etag === `"${md5}"`) return known.etag;
  return putPart(connection, { key, id, number, body: bytes });
}

/** Sends a part, or has the service copy it where the headers name a source. Returns its etag. */
export async function putPart(
  connection: S3Connection,
  part: { key: string; id: string; number: number; headers?: Readonly<Record<string, string>>; body?: Uint8Array },
): Promise<string> {
  const { key, id, number, ...rest } = part;
  const request = { method: 'PUT', key, query: { partNumber: String(number), uploadId: id }, ...rest } as const;
  const etag = await connection.request(request, async (answer) => {
    const copied = readCopiedPart(await answer.text());
    return copied ?? answer.headers.get('etag') ?? '';
  });
  if (etag === undefined || etag === '') throw connection.failure(request, 404, GONE);
  return etag;
}

/** Makes the object of its parts; conditions among the headers hold now. */
export async function complete(
  connection: S3Connection,
  upload: { key: string; id: string; etags: readonly string[]; size: number; headers: FileUpload['headers'] },
): Promise<void> {
  const { key, id, etags, size, headers } = upload;
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag></Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
  const conditions = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('if-')));
  const request = {
    method: 'POST',
    key,
    query: { uploadId: id },
    body,
    headers: { 'content-type': 'application/xml', ...conditions },
  } as const;
  if ((await connection.request(request, drained)) !== undefined) return;
  // The upload is gone: an earlier try, or another writer of the same blob, has completed it.
  if ((await sizeOf(connection, key)) !== size) throw connection.failure(request, 404, GONE);
}

async function sizeOf(connection: S3Connection, key: string): Promise<number | undefined> {
  return connection.request({ method: 'HEAD', key }, (answer) =>
    Promise.resolve(Number(answer.headers.get('content-length'))),
  );
}
