import { Readable } from 'node:stream';
import { ociError } from './errors.ts';
import type { Blob } from './image.ts';
import type { RegistryConnection } from './registry-connection.ts';

export interface Upload {
  /** `/v2/<repository>` */
  readonly base: string;
  readonly blob: Blob;
  readonly mountFrom: readonly string[];
}

/**
 * Puts a blob into a registry: mounted from another repository where the registry agrees, otherwise sent whole
 * (OCI distribution-spec, "POST then PUT"; Docker's registry takes no single POST). After a failure that may pass
 * it begins with a new session, so that no session that the registry lost is in the way.
 */
export async function uploadBlob(connection: RegistryConnection, upload: Upload): Promise<'sent' | 'mounted'> {
  return connection.retry(async () => {
    const session = await openSession(connection, upload);
    if (session === 'mounted') return 'mounted';
    await sendBlob(connection, session, upload.blob);
    return 'sent';
  });
}

/** The URL to send to. A registry that cannot mount answers 202 and has opened a session all the same. */
async function openSession(
  connection: RegistryConnection,
  { base, blob, mountFrom }: Upload,
): Promise<URL | 'mounted'> {
  const { digest } = blob.descriptor;
  const url = `${base}/blobs/uploads/`;
  let session: URL | undefined;
  for (const from of mountFrom) {
    const query = new URLSearchParams({ mount: digest, from });
    const answer = await beginUpload(connection, `${url}?${query.toString()}`);
    if (answer === 'mounted') return answer;
    session = answer;
  }
  const answer = session ?? (await beginUpload(connection, url));
  if (answer !== 'mounted') return answer;
  throw ociError('REGISTRY_ANSWER_INVALID', {
    registry: connection.registry,
    method: 'POST',
    url,
    reason: 'it answered 201 to a new upload',
  });
}

async function beginUpload(connection: RegistryConnection, url: string): Promise<URL | 'mounted'> {
  const request = { method: 'POST', url, headers: { 'content-length': '0' } } as const;
  const response = await connection.sendOnce(request);
  if (response.status !== 201 && response.status !== 202) throw await connection.failure(request, response);
  await response.body?.cancel();
  if (response.status === 201) return 'mounted';
  const location = response.headers.get('location');
  if (location === null) {
    throw ociError('REGISTRY_ANSWER_INVALID', {
      registry: connection.registry,
      method: 'POST',
      url,
      reason: 'it gave no Location for the upload',
    });
  }
  return connection.resolve(new URL(location, connection.resolve(url)));
}

async function sendBlob(connection: RegistryConnection, session: URL, { descriptor, open }: Blob): Promise<void> {
  const url = new URL(session);
  url.searchParams.set('digest', descriptor.digest);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(descriptor.size) };
  const body = async () => Readable.toWeb(await open()) as unknown as ReadableStream;
  const request = { method: 'PUT', url, headers, body } as const;
  const response = await connection.sendOnce(request);
  if (response.status !== 201 && response.status !== 204) throw await connection.failure(request, response);
  await response.body?.cancel();
  const actual = response.headers.get('docker-content-digest');
  if (actual === null || actual === descriptor.digest) return;
  throw ociError('REGISTRY_DIGEST_MISMATCH', {
    registry: connection.registry,
    reference: url.pathname,
    actual,
    expected: descriptor.digest,
  });
}
