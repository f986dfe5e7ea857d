import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { Serial, atomicWrite, closingFile, digestStream, messageOf } from '../../kit/index.ts';
import { gatewayError } from './gateway-errors.ts';
import type { ReceivedBody } from './s3-receive.ts';

/** An upload in parts: its owner, and the object that it becomes. */
const Upload = z.object({
  accessKeyId: z.string(),
  bucket: z.string(),
  key: z.string(),
  startedAt: z.number(),
  /** The object's tag once it is done, so that a client which lost the answer can repeat its request. */
  done: z.string().optional(),
});
export type Upload = z.infer<typeof Upload>;

export interface UploadPart {
  readonly number: number;
  /** MD5, hexadecimal. */
  readonly etag: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

const PART = /^(\d{5})-([0-9a-f]{32})$/;
const HEAD = 'upload.json';

/**
 * Uploads in parts, each a folder with a file per part, so that they continue after a restart. A part that is sent
 * again replaces the previous one. `assemble` concatenates the parts into one file, and leaves the parts.
 */
export class MultipartFolder {
  readonly #root: string;
  readonly #turns = new Serial();

  constructor(root: string) {
    this.#root = root;
  }

  /** Runs work on one upload after earlier work on it. */
  inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(id, work);
  }

  async begin(upload: Upload): Promise<string> {
    const id = randomBytes(24).toString('hex');
    await this.#write(id, upload);
    return id;
  }

  /** Returns the upload of an id, if it belongs to this access key and object. */
  async find(id: string, owner: Pick<Upload, 'accessKeyId' | 'bucket' | 'key'>): Promise<Upload> {
    const upload = await this.#read(id);
    const { accessKeyId, bucket, key } = owner;
    const isTheirs = upload?.accessKeyId === accessKeyId && upload.bucket === bucket && upload.key === key;
    if (upload === undefined || !isTheirs) throw gatewayError('GATEWAY_NO_SUCH_UPLOAD', { upload: id.slice(0, 64) });
    return upload;
  }

  async addPart(id: string, number: number, body: ReceivedBody): Promise<void> {
    const folder = join(this.#root, id);
    const name = fileOf({ number, etag: body.md5 });
    const before = await this.parts(id);
    await rename(body.file, join(folder, name));
    for (const part of before.filter((one) => one.number === number && one.etag !== body.md5))
      await rm(join(folder, fileOf(part)), { force: true });
  }

  /** In the order of their numbers. */
  async parts(id: string): Promise<readonly UploadPart[]> {
    const folder = join(this.#root, id);
    const names = (await readdir(folder)).filter((name) => PART.test(name)).toSorted();
    return Promise.all(
      names.map(async (name) => {
        const [, number = '', etag = ''] = PART.exec(name) ?? [];
        const { size, mtimeMs } = await stat(join(folder, name));
        return { number: Number(number), etag, size, modified: mtimeMs };
      }),
    );
  }

  /** Concatenates parts to one body, whose file the caller removes. Its tag has S3's form for parts. */
  async assemble(id: string, parts: readonly UploadPart[], file: string): Promise<ReceivedBody & { etag: string }> {
    const meter = digestStream();
    const folder = join(this.#root, id);
    async function* bytes(): AsyncGenerator<Buffer> {
      for (const part of parts) yield* createReadStream(join(folder, fileOf(part)), { highWaterMark: 1 << 20 });
    }
    const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await closingFile(target, () => pipeline(bytes, meter, target));
    const md5 = createHash('md5');
    for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'));
    const tag = md5.digest('hex');
    return { file, ...meter.result(), md5: tag, etag: `${tag}-${parts.length}` };
  }

  /** Marks it done, and removes its parts. */
  async finish(id: string, upload: Upload, etag: string): Promise<void> {
    await this.#write(id, { ...upload, done: etag });
    for (const part of await this.parts(id)) await rm(join(this.#root, id, fileOf(part)), { force: true });
  }

  async abort(id: string): Promise<void> {
    await rm(join(this.#root, id), { recursive: true, force: true });
  }

  /** Returns the uploads of an access key that are not done. */
  async of(accessKeyId: string): Promise<readonly (Upload & { readonly id: string })[]> {
    return (await this.#all()).filter((upload) => upload.accessKeyId === accessKeyId && upload.done === undefined);
  }

  /** Removes the uploads of access keys that are no longer valid. */
  async sweep(isValid: (accessKeyId: string) => Promise<boolean>): Promise<void> {
    for (const { id, accessKeyId } of await this.#all()) if (!(await isValid(accessKeyId))) await this.abort(id);
  }

  async #all(): Promise<readonly (Upload & { readonly id: string })[]> {
    const ids = await readdir(this.#root).catch(() => []);
    const uploads = await Promise.all(ids.map(async (id) => ({ id, upload: await this.#read(id) })));
    return uploads.flatMap(({ id, upload }) => (upload === undefined ? [] : [{ ...upload, id }]));
  }

  async #read(id: string): Promise<Upload | undefined> {
    if (!/^[0-9a-f]{48}$/.test(id)) return undefined;
    const text = await readFile(join(this.#root, id, HEAD), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      return Upload.parse(JSON.parse(text));
    } catch (error) {
      throw gatewayError('GATEWAY_INTERNAL_ERROR', { reason: `An upload cannot be read: ${messageOf(error)}` });
    }
  }

  async #write(id: string, upload: Upload): Promise<void> {
    await mkdir(join(this.#root, id), { recursive: true });
    await atomicWrite(join(this.#root, id, HEAD), JSON.stringify(upload), { mode: 0o600 });
  }
}

function fileOf({ number, etag }: Pick<UploadPart, 'number' | 'etag'>): string {
  return `${String(number).padStart(5, '0')}-${etag}`;
}
