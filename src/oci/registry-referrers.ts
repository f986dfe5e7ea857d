import * as z from 'zod';
import { Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import type { RegistryConnection } from './registry-connection.ts';

const Page = z.object({ manifests: z.array(Descriptor).nullable() });

/** OCI distribution-spec 1.1, "Listing Referrers", over all pages; undefined from a registry that has no such list. */
export async function readReferrers(
  connection: RegistryConnection,
  base: string,
  digest: string,
): Promise<readonly Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  let url: URL | undefined = connection.resolve(`${base}/referrers/${digest}`);
  while (url !== undefined) {
    const request: { method: 'GET'; url: URL } = { method: 'GET', url };
    const response = await connection.send(request);
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw await connection.failure(request, response);
    const page = Page.safeParse(await response.json().catch(() => undefined));
    if (!page.success) {
      const { registry } = connection;
      throw ociError('REGISTRY_ANSWER_INVALID', {
        registry,
        ...request,
        url: base,
        reason: 'it is no index of referrers',
      });
    }
    found.push(...((page.data.manifests ?? []) as Descriptor[]));
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
    url = next === undefined ? undefined : connection.resolve(new URL(next, url));
  }
  return found;
}
