import type { Hono } from 'hono';
import type { RouterRoute } from 'hono/types';
import { findTargetHandler, isMiddleware } from 'hono/utils/handler';
import { permissions } from './permissions.ts';

/** Where the app has middleware, which answers nothing itself. Hono knows it by its second parameter. */
const middleware: readonly string[] = ['ALL /*', 'ALL /v2/*', 'ALL /api/v1/*'];

/** Returns the name of a route in the table of permissions; undefined for middleware. */
export function routeName({ method, path, handler }: RouterRoute): string | undefined {
  const name = `${method} ${path}`;
  return middleware.includes(name) && isMiddleware(findTargetHandler(handler)) ? undefined : name;
}

/** Returns the routes of an app as the table of permissions names them. */
export function routesOf(app: Hono): ReadonlySet<string> {
  return new Set(app.routes.map(routeName).filter((name) => name !== undefined));
}

/** Throws if a route has no row in the table of permissions, or a row no route. */
export function checkRoutes(app: Hono): void {
  const routes = routesOf(app);
  const missing = [...routes].filter((route) => permissions[route] === undefined);
  const unused = Object.keys(permissions).filter((route) => !routes.has(route));
  if (missing.length === 0 && unused.length === 0) return;
  throw new Error(`The table of permissions differs from the routes: ${[...missing, ...unused].join(', ')}`);
}
