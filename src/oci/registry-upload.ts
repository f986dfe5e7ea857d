import { Readable } from 'node:stream';
import { hasCode } from '../kit/index.ts';
import { BlobChunks } from './blob-chunks.ts';
import { ociError } from './errors.ts';
import type { Blob } from './image.ts';
import type { RegistryConnection } from './registry-connection.ts';

interface Upload {
  /** `/v2/<repository>` */
  readonly base: string;
  readonly blob: Blob;
  readonly mountFrom: readonly string[];
  /** Bytes that are sent at once; a larger blob is sent in chunks. */
  readonly chunkSize?: number;
}

const CHUNK = 16 * 1024 * 1024;
/** How often a blob is begun again from its start: each time the registry had lost all that it had. */
const SESSIONS = 3;

interface Session {
  /** Where the next request of this upload goes; every answer may name another URL. */
  url: URL;
  /** OCI distribution-spec, "Pushing a blob in chunks": the registry may want larger ones. */
  readonly minimum: number;
}

/**
 * Puts a blob into a registry: mounted from another repository where the registry agrees, otherwise sent: whole ("POST
 * then PUT" of the OCI distribution specification; Docker's registry takes no single POST), or, if it is large, in
 * chunks, so that after a failure only what has not arrived is sent again. A session that the registry lost is begun
 * again.
 */
export async function uploadBlob(connection: RegistryConnection, upload: Upload): Promise<'sent' | 'mounted'> {
  const { size } = upload.blob.descriptor;
  let isChunked = size > (upload.chunkSize ?? CHUNK);
  for (let attempt = 1; ; attempt += 1) {
    const session = await connection.retry(() => openSession(connection, upload));
    if (session === 'mounted') return 'mounted';
    try {
      if (isChunked) await sendChunks(connection, session, upload);
      else await sendWhole(connection, session, upload);
      return 'sent';
    } catch (error) {
      const status = statusOf(error);
      // An upload is gone as well when it was finished, and only the answer was lost.
      if (status === 404 && (await blobSize(connection, upload.base, upload.blob.descriptor.digest)) !== undefined)
        return 'sent';
      const isLost = status === 404 || hasCode(error, 'REGISTRY_UPLOAD_STUCK');
      if (attempt >= SESSIONS || !(isLost || (isChunked && isRefusal(status)))) throw error;
      // Registries without PATCH refuse it in several ways; all accept a whole blob.
      if (isChunked && isRefusal(status)) isChunked = false;
    }
  }
}

function isRefusal(status: number): boolean {
  return status === 400 || status === 405 || status === 415 || status === 501;
}

/** Where to send to. A registry that cannot mount answers 202 and has opened a session all the same, or refuses. */
async function openSession(
  connection: RegistryConnection,
  { base, blob, mountFrom }: Upload,
): Promise<Session | 'mounted'> {
  const { digest } = blob.descriptor;
  const url = `${base}/blobs/uploads/`;
  let session: Session | undefined;
  for (const from of mountFrom) {
    const query = new URLSearchParams({ mount: digest, from });
    const answer = await beginUpload(connection, `${url}?${query.toString()}`).catch(withoutRefusal);
    if (answer === 'mounted') return answer;
    session = answer ?? session;
  }
  const answer = session ?? (await beginUpload(connection, url));
  if (answer !== 'mounted') return answer;
  throw connection.invalid({ method: 'POST', url }, 'it answered 201 to a new upload');
}

/** A registry may refuse a mount: the blob is then sent. */
function withoutRefusal(error: unknown): undefined {
  const status = statusOf(error);
  if (status >= 400 && status < 500 && status !== 429) return undefined;
  throw error;
}

/** Returns the status of the answer that an error is about; 0 if it is about none. */
function statusOf(error: unknown): number {
  return Number((error as { details?: { status?: unknown } }).details?.status ?? 0);
}

async function beginUpload(connection: RegistryConnection, url: string): Promise<Session | 'mounted'> {
  const request = { method: 'POST', url } as const;
  const response = await connection.sendOnce(request);
  if (response.status !== 201 && response.status !== 202) throw await connection.failure(request, response);
  await response.body?.cancel();
  if (response.status === 201) return 'mounted';
  const location = response.headers.get('location');
  if (location === null) throw connection.invalid(request, 'it gave no Location for the upload');
  const minimum = Number(response.headers.get('oci-chunk-min-length') ?? 0);
  return { url: connection.resolve(new URL(location, connection.resolve(url))), minimum };
}

async function sendWhole(connection: RegistryConnection, { url }: Session, { base, blob }: Upload): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.descriptor.size) };
  const body = async () => Readable.toWeb(await blob.open()) as unknown as ReadableStream;
  // A failed body leaves a session in an unknown state: each try has one of its own.
  let session: URL | undefined = url;
  await connection.retry(async () => {
    const current = session ?? ((await openSession(connection, { base, blob, mountFrom: [] })) as Session).url;
    session = undefined;
    await finish(connection, current, { blob, headers, body });
  });
}

async function sendChunks(connection: RegistryConnection, session: Session, upload: Upload): Promise<void> {
  const { blob, chunkSize = CHUNK } = upload;
  const { size } = blob.descriptor;
  const chunks = new BlobChunks(blob, Math.max(chunkSize, session.minimum || 0));
  try {
    for (let sent = 0, stuck = 0; sent < size;) {
      const chunk = await chunks.at(sent);
      const next = await connection.retry(() => sendChunk(connection, session, { chunk, start: sent }));
      stuck = next > sent ? 0 : stuck + 1;
      if (stuck === SESSIONS)
        throw ociError('REGISTRY_UPLOAD_STUCK', { registry: connection.registry, digest: blob.descriptor.digest });
      sent = next;
    }
    const body = async () => new Uint8Array(0);
    await connection.retry(() => finish(connection, session.url, { blob, headers: {}, body }));
  } finally {
    chunks.close();
  }
}

/**
 * Sends a chunk; returns how many bytes the registry has now. Queries it after a failure, since an answer may be lost.
 */
async function sendChunk(
  connection: RegistryConnection,
  session: Session,
  { chunk, start }: { chunk: Buffer; start: number },
): Promise<number> {
  const request = {
    method: 'PATCH',
    url: session.url,
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `${start}-${start + chunk.length - 1}`,
    },
    body: async () => chunk,
  } as const;
  const response = await connection.sendOnce(request).catch(async (error: unknown) => {
    const known = await askProgress(connection, session);
    if (known === undefined || known === start) throw error;
    return known;
  });
  if (typeof response === 'number') return response;
  if (response.status === 416) {
    await response.body?.cancel();
    return (await askProgress(connection, session)) ?? 0;
  }
  if (response.status !== 202 && response.status !== 204) throw await connection.failure(request, response);
  await response.body?.cancel();
  follow(connection, session, response);
  return endOf(response.headers.get('range')) ?? start + chunk.length;
}

/** Returns how many bytes of an upload the registry has; undefined if it does not report it. Throws if there is none. */
async function askProgress(connection: RegistryConnection, session: Session): Promise<number | undefined> {
  const request = { method: 'GET', url: session.url } as const;
  const response = await connection.send(request);
  if (response.status === 404) throw await connection.failure(request, response);
  await response.body?.cancel();
  if (!response.ok) return undefined;
  follow(connection, session, response);
  return endOf(response.headers.get('range'));
}

function follow(connection: RegistryConnection, session: Session, response: Response): void {
  const location = response.headers.get('location');
  if (location !== null) session.url = connection.resolve(new URL(location, session.url));
}

/** `0-1023` stands for 1024 bytes, and, with Docker's registry, `0-0` for none. */
function endOf(range: string | null): number | undefined {
  const end = /^(?:bytes[ =])?0-(\d+)/.exec(range ?? '')?.[1];
  if (end === undefined) return undefined;
  return end === '0' ? 0 : Number(end) + 1;
}

async function finish(
  connection: RegistryConnection,
  session: URL,
  { blob, ...sent }: { blob: Blob; headers: Record<string, string>; body: () => Promise<Uint8Array | ReadableStream> },
): Promise<void> {
  const { digest } = blob.descriptor;
  const url = new URL(session);
  url.searchParams.set('digest', digest);
  const request = { method: 'PUT', url, ...sent } as const;
  const response = await connection.sendOnce(request);
  if (response.status !== 201 && response.status !== 204) throw await connection.failure(request, response);
  await response.body?.cancel();
  connection.checkDigest(url.pathname, response.headers.get('docker-content-digest'), digest);
}

/** Returns how many bytes a blob of a repository (`base`, its URL) has; undefined if it is absent. */
export async function blobSize(
  connection: RegistryConnection,
  base: string,
  digest: string,
): Promise<number | undefined> {
  const response = await connection.find({ method: 'HEAD', url: `${base}/blobs/${digest}` });
  await response?.body?.cancel();
  return response && Number(response.headers.get('content-length'));
}
