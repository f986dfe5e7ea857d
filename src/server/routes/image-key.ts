import { Hono } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { serverError } from '../errors.ts';

/**
 * `/keys/cosign.pub`: the keys of image signatures, for `cosign verify --key` and `slipway image verify --key`. The key
 * that signs comes first, which is the only one that cosign reads; those of older images follow.
 */
export function imageKeyRoutes({ stacks }: Pick<CoordinatorContext, 'stacks'>): Hono {
  const app = new Hono();
  app.get('/keys/cosign.pub', async (c) => {
    const [stack] = stacks.values();
    const known = await stack?.notary.knownKeys();
    if (known?.imageKey === undefined) throw serverError('SERVER_NOT_FOUND', { what: 'key for images' });
    const accepted = known.imageKeys?.filter(({ state }) => state === 'accepted') ?? [];
    return c.text([known.imageKey, ...accepted.map(({ publicKey }) => publicKey)].join(''));
  });
  return app;
}
