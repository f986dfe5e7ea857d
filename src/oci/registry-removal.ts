import type { Removal } from './image.ts';
import type { RegistryConnection } from './registry-connection.ts';

/** What registries answer that have removal switched off, know none of tags, or do not let these credentials do it. */
const REFUSALS = new Set([400, 401, 403, 405, 415, 501]);

/** OCI distribution-spec, "Deleting Manifests" and "Deleting tags": a registry may refuse either. */
export async function removeManifest(connection: RegistryConnection, url: string): Promise<Removal> {
  const request = { method: 'DELETE', url } as const;
  const response = await connection.send(request).catch((error: unknown) => {
    // No token is to be had for it.
    if ((error as { code?: unknown }).code === 'REGISTRY_UNAUTHORIZED') return error as Error;
    throw error;
  });
  if (response instanceof Error) return { refused: response.message };
  if (response.ok || response.status === 404) {
    await response.body?.cancel();
    return response.ok ? 'removed' : 'absent';
  }
  const failure = await connection.failure(request, response);
  if (REFUSALS.has(response.status)) return { refused: failure.message };
  throw failure;
}
