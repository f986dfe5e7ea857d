import type { RegistryConnection } from './registry-connection.ts';

/** How many bytes a blob of a registry's repository (`base`, its URL) has; undefined where it is not there. */
export async function blobSize(
  connection: RegistryConnection,
  base: string,
  digest: string,
): Promise<number | undefined> {
  const request = { method: 'HEAD', url: `${base}/blobs/${digest}` } as const;
  const response = await connection.send(request);
  await response.body?.cancel();
  if (response.ok) return Number(response.headers.get('content-length'));
  if (response.status === 404) return undefined;
  throw await connection.failure(request, response);
}
