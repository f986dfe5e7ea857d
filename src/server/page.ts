import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';

/** Addresses of the page's own router. All of them return the same document. */
const views = ['/', '/stacks/*', '/pipelines/*', '/jobs/*', '/images/*', '/audit'];

/** All content comes from this server, nothing is inline, and no other page may frame this one. */
const security = {
  'Content-Security-Policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

/** Serves the dashboard from the folder that the build wrote. Names of its assets change with their content. */
export function pageRoutes(root: string): Hono {
  const cached =
    (caching: string): MiddlewareHandler =>
    async (c, next) => {
      await next();
      for (const [name, value] of Object.entries(security)) c.header(name, value);
      if (c.res.ok) c.header('Cache-Control', caching);
    };
  const app = new Hono();
  app.get('/assets/*', cached('public, max-age=31536000, immutable'), serveStatic({ root }));
  app.get('/favicon.svg', cached('public, max-age=86400'), serveStatic({ root }));
  for (const view of views)
    app.get(view, cached('no-cache'), serveStatic({ root, path: 'index.html' }), (c) =>
      c.text('The page is not built in this checkout. Run `npm run build`.\n', 404),
    );
  return app;
}
