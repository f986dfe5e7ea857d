import { Hono, type Context } from 'hono';
import { SlipwayError } from '../kit/index.ts';
import { signedTwin, type ObjectStore } from '../mirror/index.ts';
import { viewArchive } from './mirror-archive.ts';
import { decode } from './gateway/s3-canonical.ts';
import { isReadable } from './gateway/s3-grant.ts';
import { objectResponse } from './gateway/s3-object.ts';
import { webBody } from './web-body.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

/**
 * Reading of mirrors at `https://` URLs: `/mirrors/<bucket>/…` is the protected root with its views
 * (`locks/<digest>/…`, and as a whole `locks/<digest>.tar`), without the prefixes of pull requests.
 */
export function mirrorReadRoutes(storeOf: (bucket: string) => ObjectStore | undefined): Hono {
  const app = new Hono();
  app.get('/mirrors/:bucket/*', async (c) => {
    try {
      return await readMirror(c, storeOf);
    } catch (error) {
      if (error instanceof SlipwayError && error.status < 500) return c.text(`${error.message}\n`, error.status as 404);
      throw error;
    }
  });
  return app;
}

async function readMirror(c: Context, storeOf: (bucket: string) => ObjectStore | undefined): Promise<Response> {
  const [, path = ''] = /^\/mirrors\/[^/]+\/(.*)$/s.exec(new URL(c.req.url).pathname) ?? [];
  const store = storeOf(c.req.param('bucket') ?? '');
  const key = decode(path);
  const view = /^(locks\/[0-9a-f]{64})\.tar$/.exec(key)?.[1];
  if (store !== undefined && view !== undefined) return archiveResponse(c, store, view);
  if (store === undefined || !isReadable([''], key)) return c.notFound();
  const isHead = c.req.raw.method === 'HEAD';
  const twin = isHead ? await signedTwin(store, key) : undefined;
  if (twin !== undefined) return twinResponse(twin);
  const cacheControl = /(?:^|\/)blobs\/sha256\//.test(key) ? IMMUTABLE : 'no-cache';
  return objectResponse({ store, key, isHead, headers: c.req.raw.headers, cacheControl });
}

/**
 * Confirms that a signed spec file exists, under the name that `buildcache check` of Spack 0.23 requests. There is no
 * content: an install that trusts no key would find the unsigned text, and advise its user to check no signatures.
 */
function twinResponse(text: string): Response {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) };
  return new Response(null, { headers: { ...headers, 'Cache-Control': 'no-cache' } });
}

async function archiveResponse(c: Context, store: ObjectStore, view: string): Promise<Response> {
  const archive = await viewArchive(store, view);
  if (archive === undefined) return c.notFound();
  const headers = { 'Content-Type': 'application/x-tar', 'Cache-Control': 'no-cache' };
  if (c.req.raw.method === 'HEAD') {
    archive.destroy();
    return new Response(null, { headers });
  }
  return new Response(webBody(archive), { headers });
}
