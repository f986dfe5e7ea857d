import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { artifactError } from './artifact-errors.ts';

/**
 * Writes the file of a `multipart/form-data` request to a new file in a folder, which is created if it does not exist.
 * Nothing is left behind when it fails. The caller owns the file.
 */
export async function receiveUpload(
  request: Request,
  { folder, maxBytes }: { readonly folder: string; readonly maxBytes: number },
) {
  const contentType = request.headers.get('content-type');
  if (request.body === null || contentType === null)
    throw artifactError('ARTIFACT_UPLOAD_INVALID', { reason: 'it has no body' });
  await mkdir(folder, { recursive: true });
  const path = join(folder, `upload-${randomBytes(8).toString('hex')}`);
  let part: ReturnType<typeof firstFile> | undefined;
  try {
    const form = parserFor(contentType, maxBytes);
    part = firstFile(form, path);
    await pipeline(Readable.fromWeb(request.body), form);
    const { fields, written, isTruncated } = part.whole();
    await written;
    if (isTruncated()) throw artifactError('ARTIFACT_TOO_LARGE', { limit: maxBytes });
    return { path, size: (await stat(path)).size, fields };
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

/** Collects the fields and the one file. `whole` is called once the form has been read, `closed` when that failed. */
function firstFile(form: BusboyInstance, path: string) {
  const fields: Record<string, string> = {};
  let file: { written: Promise<void>; stream: BusboyFileStream; target: WriteStream } | undefined;
  form.on('field', (name, value) => {
    fields[name] = value;
  });
  form.on('file', (_field, stream) => {
    const target = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    const written = pipeline(stream, target);
    // A failure is reported when `written` is awaited; until then it must not count as unhandled.
    written.catch((error: unknown) => form.destroy(error as Error));
    file = { written, stream, target };
  });
  const whole = () => {
    if (file === undefined) throw artifactError('ARTIFACT_UPLOAD_INVALID', { reason: 'it has no part with a file' });
    const { written, stream } = file;
    return { fields, written, isTruncated: () => stream.truncated };
  };
  /** A file that is still being opened would be created after it was removed. */
  const closed = async () => {
    const target = file?.target;
    if (target === undefined || target.closed) return;
    await new Promise<void>((resolve) => target.once('close', () => resolve()).destroy());
  };
  return { whole, closed };
}
