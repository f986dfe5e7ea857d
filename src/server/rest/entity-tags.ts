import type { MiddlewareHandler } from 'hono';
import { sha256 } from '../../kit/index.ts';
import { matchesTag } from '../entity-tag.ts';

/**
 * Lets clients keep JSON answers, and ask whether they have changed (`If-None-Match`, RFC 9110, 13.1.2). What must not
 * be kept, because a route says `no-store`, has a tag too.
 */
export function entityTags(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.header('X-Content-Type-Options', 'nosniff');
    const caching = c.res.headers.get('Cache-Control');
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    const isTagged = isRead && c.res.status === 200 && isJson(c.res);
    if (!isTagged) return c.header('Cache-Control', caching ?? 'no-store');
    const body = await c.res.clone().arrayBuffer();
    const tag = sha256(new Uint8Array(body)).slice(0, 32);
    c.header('ETag', `"${tag}"`);
    c.header('Cache-Control', caching ?? 'private, no-cache');
    c.header('Vary', 'Authorization, Cookie', { append: true });
    if (!matchesTag(c.req.header('if-none-match'), tag)) return;
    const { headers } = c.res;
    headers.delete('Content-Type');
    c.res = new Response(null, { status: 304, headers });
  };
}

function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('application/json') === true;
}
