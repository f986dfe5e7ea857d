import { Hono } from 'hono';
import { holds } from '../../access/index.ts';
import type { NotificationLedger } from '../../notify/index.ts';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import type { DestinationList } from '../../protocol/index.ts';
import { principalOf } from '../access/principal-of.ts';
import { destinationViews } from '../notifications/destination-views.ts';

/** `GET /api/v1/notifications`: the destinations of those stacks that the sender may run pipelines of. */
export function notificationRoutes({ configuration, clock }: CoordinatorContext, ledger: NotificationLedger): Hono {
  const app = new Hono();
  app.get('/api/v1/notifications', (c) => {
    const principal = principalOf(c);
    const destinations = destinationViews(configuration, ledger, clock);
    return c.json({
      destinations: destinations.filter(({ stack }) => holds(principal, 'run', stack)),
    } satisfies DestinationList);
  });
  return app;
}
