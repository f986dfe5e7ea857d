import * as z from 'zod';
import { Descriptor } from './descriptor.ts';
import type { RegistryConnection } from './registry-connection.ts';

const Tags = z.object({ tags: z.array(z.string()).nullable() });
const Referrers = z.object({ manifests: z.array(Descriptor).nullable() });
const PAGE = 1000;

/** OCI distribution-spec, "Listing Tags". */
export async function* listTags(connection: RegistryConnection, base: string): AsyncIterable<string> {
  for await (const { tags } of pages(connection, `${base}/tags/list?n=${PAGE}`, Tags)) yield* tags ?? [];
}

/** OCI distribution-spec 1.1, "Listing Referrers"; undefined from a registry that has no such list. */
export async function readReferrers(
  connection: RegistryConnection,
  base: string,
  digest: string,
): Promise<readonly Descriptor[] | undefined> {
  let found: Descriptor[] | undefined;
  for await (const { manifests } of pages(connection, `${base}/referrers/${digest}`, Referrers))
    (found ??= []).push(...(manifests ?? []));
  return found;
}

/** Reads the pages of a list, each of which names the next by a `Link` header; none if there is no such list. */
async function* pages<T>(connection: RegistryConnection, start: string, schema: z.ZodType<T>): AsyncIterable<T> {
  let url: URL | undefined = connection.resolve(start);
  while (url !== undefined) {
    const request: { method: 'GET'; url: URL } = { method: 'GET', url };
    const response = await connection.find(request);
    if (response === undefined) return;
    const page = schema.safeParse(await response.json().catch(() => undefined));
    if (!page.success) throw connection.invalid(request, 'it is not the list that was requested');
    yield page.data;
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
    url = next === undefined ? undefined : connection.resolve(new URL(next, url));
  }
}
