import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { artifactError } from './artifact-errors.ts';

interface ReceivedForm {
  /** A new file in the folder; the caller's from now on. */
  readonly path: string;
  readonly size: number;
  readonly fileName: string;
  readonly fields: Readonly<Record<string, string>>;
}

interface UploadLimits {
  /** Folder for the file, made if missing. */
  readonly folder: string;
  readonly maxBytes: number;
}

/**
 * Writes the file of a `multipart/form-data` request to disk as it arrives, of any length. Nothing is left behind
 * when it fails.
 */
export async function receiveUpload(request: Request, limits: UploadLimits): Promise<ReceivedForm> {
  const contentType = request.headers.get('content-type');
  if (request.body === null || contentType === null)
    throw artifactError('ARTIFACT_UPLOAD_INVALID', { reason: 'it has no body' });
  await mkdir(limits.folder, { recursive: true });
  const path = join(limits.folder, `upload-${randomBytes(8).toString('hex')}`);
  let part: ReturnType<typeof firstFile> | undefined;
  try {
    const form = parserFor(contentType, limits.maxBytes);
    part = firstFile(form, path);
    await pipeline(Readable.fromWeb(request.body), form);
    const { fileName, fields, written, isTruncated } = part.whole();
    await written;
    if (isTruncated()) throw artifactError('ARTIFACT_TOO_LARGE', { limit: limits.maxBytes });
    return { path, size: (await stat(path)).size, fileName, fields };
  } catch (error) {
    await part?.closed();
    await rm(path, { force: true });
    if (error instanceof SlipwayError) throw error;
    throw artifactError('ARTIFACT_UPLOAD_INVALID', { reason: messageOf(error) }, { cause: error });
  }
}

function parserFor(contentType: string, maxBytes: number): BusboyInstance {
  return new Busboy({
    headers: { 'content-type': contentType },
    limits: { files: 1, fileSize: maxBytes, fields: 20, fieldSize: 4096 },
  });
}

/** Listens for the fields and the one file: `whole` is asked once the form has been read, `closed` when it failed. */
function firstFile(form: BusboyInstance, path: string) {
  const fields: Record<string, string> = {};
  let file: { fileName: string; written: Promise<void>; stream: BusboyFileStream; target: WriteStream } | undefined;
  form.on('field', (name, value) => {
    fields[name] = value;
  });
  form.on('file', (_field, stream, fileName) => {
    const target = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    const written = pipeline(stream, target);
    // A failure is told when `written` is awaited; until then it must not count as unhandled.
    written.catch((error: unknown) => form.destroy(error as Error));
    file = { fileName: basename(fileName || 'artifact'), written, stream, target };
  });
  const whole = () => {
    if (file === undefined) throw artifactError('ARTIFACT_UPLOAD_INVALID', { reason: 'it has no part with a file' });
    const { fileName, written, stream } = file;
    return { fileName, fields, written, isTruncated: () => stream.truncated };
  };
  /** A file that is still being opened would be made after it was removed. */
  const closed = async () => {
    const target = file?.target;
    if (target === undefined || target.closed) return;
    await new Promise<void>((resolve) => target.once('close', () => resolve()).destroy());
  };
  return { whole, closed };
}
