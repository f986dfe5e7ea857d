import { Hono } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';

/** `/keys/cosign.pub`: the key of image signatures, for `cosign verify --key` and `slipway image verify --key`. */
export function imageKeyRoutes({ stacks }: Pick<CoordinatorContext, 'stacks'>): Hono {
  const app = new Hono();
  app.get('/keys/cosign.pub', async (c) => {
    const [stack] = stacks.values();
    const key = (await stack?.notary.knownKeys())?.imageKey;
    return key === undefined ? c.text('there is no key for images\n', 404) : c.text(key);
  });
  return app;
}
