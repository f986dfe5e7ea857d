import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Hono, type Context } from 'hono';

/** Addresses that the page's own router knows; all of them get the same document. */
const views = ['/', '/stacks/*', '/pipelines/*', '/jobs/*', '/images/*'];

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Everything comes from this server, nothing is inline, and nobody frames the page. */
const security = {
  'Content-Security-Policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

/** The dashboard, out of the folder that the build wrote. Names of its files change with their content. */
export function pageRoutes(folder: string): Hono {
  const app = new Hono();
  app.get('/assets/:file', (c) =>
    serveFile(c, join(folder, 'assets'), { name: c.req.param('file'), caching: 'public, max-age=31536000, immutable' }),
  );
  app.get('/favicon.svg', (c) => serveFile(c, folder, { name: 'favicon.svg', caching: 'public, max-age=86400' }));
  for (const view of views) app.get(view, (c) => serveFile(c, folder, { name: 'index.html', caching: 'no-cache' }));
  return app;
}

async function serveFile(
  c: Context,
  folder: string,
  { name, caching }: { name: string; caching: string },
): Promise<Response> {
  const isPlain = /^[\w-][\w.-]*$/.test(name);
  const bytes = isPlain ? await readFile(join(folder, name)).catch(() => undefined) : undefined;
  const missing =
    name === 'index.html' ? 'The page is not built in this checkout. Run `npm run build`.\n' : 'not found\n';
  if (bytes === undefined) return c.text(missing, 404, security);
  const type = mediaTypes[extname(name)] ?? 'application/octet-stream';
  return c.body(new Uint8Array(bytes), 200, { ...security, 'Content-Type': type, 'Cache-Control': caching });
}
