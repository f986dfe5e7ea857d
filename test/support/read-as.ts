import { Hono } from 'hono';
import { expect } from 'vitest';
import type * as z from 'zod';
import { anonymous, type Principal, type Scope } from '../../src/access/index.ts';
import { setSender } from '../../src/server/access/principal-of.ts';
import { restRoutes } from '../../src/server/rest/rest.ts';
import type { Lab } from './coordinator.ts';

/** A person with a scope on some stacks. */
export function person(scope: Scope, ...stacks: readonly string[]): Principal {
  return { kind: 'token', name: `token ${scope}`, grants: [{ scope, stacks }] };
}

/** Reads the REST interface of a lab as someone. */
export async function readAs<T>(
  lab: Lab,
  { path, as = anonymous, schema }: { readonly path: string; readonly as?: Principal; readonly schema: z.ZodType<T> },
): Promise<T> {
  const app = new Hono();
  app.use('*', (c, next) => {
    setSender(c, { principal: as, renewed: () => as });
    return next();
  });
  app.route('/', restRoutes(lab.coordinator));
  const response = await app.request(`/api/v1${path}`);
  expect(response.status, path).toBe(200);
  return schema.parse(await response.json());
}
