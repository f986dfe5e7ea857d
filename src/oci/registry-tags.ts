import * as z from 'zod';
import { ociError } from './errors.ts';
import type { RegistryConnection } from './registry-connection.ts';

const Page = z.object({ tags: z.array(z.string()).nullable() });
const PAGE = 1000;

/** OCI distribution-spec, "Listing Tags": pages follow each other by a `Link` header. */
export async function* listTags(connection: RegistryConnection, base: string): AsyncIterable<string> {
  let url: URL | undefined = connection.resolve(`${base}/tags/list?n=${PAGE}`);
  while (url !== undefined) {
    const request: { method: 'GET'; url: URL } = { method: 'GET', url };
    const response = await connection.send(request);
    if (response.status === 404) {
      await response.body?.cancel();
      return;
    }
    if (!response.ok) throw await connection.failure(request, response);
    const page = Page.safeParse(await response.json().catch(() => undefined));
    if (!page.success) {
      const { registry } = connection;
      throw ociError('REGISTRY_ANSWER_INVALID', { registry, ...request, url: base, reason: 'it is no list of tags' });
    }
    yield* page.data.tags ?? [];
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
    url = next === undefined ? undefined : connection.resolve(new URL(next, url));
  }
}
