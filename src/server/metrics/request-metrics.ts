import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { routeName } from '../access/check-routes.ts';
import { Counter } from './counter.ts';
import { gauge, type Metric } from './open-metrics.ts';

/** Counts requests by their routes, so that webhooks and refusals are among them, and streams of events. */
export class RequestMetrics {
  readonly #answered = new Counter({ name: 'slipway_http_requests', help: 'Requests, by route and status.' });
  #streams = 0;

  middleware(): MiddlewareHandler {
    return async (c, next) => {
      await next();
      const route = matchedRoutes(c)
        .map(routeName)
        .find((name) => name !== undefined);
      this.#answered.add({
        method: route === undefined ? 'other' : c.req.method,
        route: pathOf(route),
        status: String(c.res.status),
      });
    };
  }

  /** A client begins to watch events; call the result once it ends. */
  streamOpened(): () => void {
    this.#streams += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#streams -= 1;
      isOpen = false;
    };
  }

  metrics(): readonly Metric[] {
    const streams = gauge('slipway_event_streams', 'Clients that watch events.', [{ value: this.#streams }]);
    return [this.#answered.metric(), streams];
  }
}

function pathOf(route: string | undefined): string {
  return route?.slice(route.indexOf(' ') + 1) ?? 'none';
}
