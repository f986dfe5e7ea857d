import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type Context, type MiddlewareHandler } from 'hono';

/** Addresses of the page's own router. All of them return the same document. */
const views = [
  '/',
  '/stacks/*',
  '/pipelines/*',
  '/jobs/*',
  '/images/*',
  '/runners',
  '/queue',
  '/trends',
  '/activity',
  '/settings',
  '/sign-in',
];

/** All content comes from this server, nothing is inline, and no other page may frame this one. */
const security = {
  'Content-Security-Policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

const forEver = 'public, max-age=31536000, immutable';

/** Adds the headers of pages to an answer. */
function cached(caching: string): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(security)) c.header(name, value);
    if (c.res.ok) c.header('Cache-Control', caching);
  };
}

/** Serves the dashboard from the folder that the build wrote. Names of its assets change with their content. */
export function pageRoutes(root: string): Hono {
  const app = new Hono();
  app.get('/assets/*', cached(forEver), serveStatic({ root }));
  app.get('/favicon.svg', cached('public, max-age=86400'), serveStatic({ root }));
  for (const view of views)
    app.get(view, cached('no-cache'), serveStatic({ root, path: 'index.html' }), (c) =>
      c.text('The page is not built in this checkout. Run `npm run build`.\n', 404),
    );
  return app;
}

/** Returns the dashboard's own page for addresses that it does not know, or undefined where it is not wanted. */
export async function missingPage(c: Context, root: string): Promise<Response | undefined> {
  const isWanted = c.req.method === 'GET' && c.req.header('Accept')?.includes('text/html') === true;
  if (!isWanted || /^\/(?:api|assets|docs|mirrors|v2)\//.test(c.req.path)) return undefined;
  const file = await readFile(join(root, 'index.html')).catch(() => undefined);
  return file && c.body(file, 404, { ...security, 'Content-Type': 'text/html; charset=utf-8' });
}

/** Serves the documentation from the folder that `npm run docs` wrote; a checkout may lack it. */
export function documentationRoutes(root: string | undefined): Hono {
  const app = new Hono();
  app.get('/docs', (c) => c.redirect('/docs/'));
  if (root === undefined || !existsSync(root)) {
    const text = 'The documentation is not built in this checkout. Run `npm run docs`, or read the files in `docs/`.\n';
    app.get('/docs/*', cached('no-cache'), (c) => c.text(text, 404));
    return app;
  }
  const isAsset = (path: string) => path.startsWith('/docs/assets/');
  const files = serveStatic({ root, rewriteRequestPath: (path) => path.slice('/docs'.length) });
  const missing = serveStatic({ root, path: '404.html' });
  app.get(
    '/docs/*',
    async (c, next) => cached(isAsset(c.req.path) ? forEver : 'no-cache')(c, next),
    files,
    async (c) => {
      const answer = await missing(c, async () => undefined);
      return answer instanceof Response
        ? new Response(answer.body, { status: 404, headers: answer.headers })
        : c.notFound();
    },
  );
  return app;
}
