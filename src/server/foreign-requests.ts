import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Context, MiddlewareHandler } from 'hono';
import type { CoordinatorContext } from '../coordinator/index.ts';
import { type SlipwayError, plainHost } from '../kit/index.ts';
import { Problem, viewOf } from '../protocol/index.ts';
import { serverError } from './errors.ts';

/**
 * Refuses requests that name another host, or that come from a page of another site. Otherwise a web page whose DNS
 * name is pointed at this server after it was loaded ("DNS rebinding") has the access of the visitor's machine. An IP
 * address as the host is always ours, because no DNS name leads to it.
 */
export function refuseForeign(context: CoordinatorContext): MiddlewareHandler {
  const refused = new Set<string>();
  return async (c, next) => {
    const error = foreignError(c, ownNames(context));
    if (error === undefined) return next();
    // The first few names are enough for an operator; a scanner must not fill the log.
    if (refused.size < 100 && !refused.has(error.message)) {
      refused.add(error.message);
      context.log.warn({ path: c.req.path, hint: error.hint }, error.message);
    }
    return c.json(viewOf(Problem, error), error.status as 403);
  };
}

function foreignError(c: Context, names: ReadonlySet<string>): SlipwayError | undefined {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  const isOwn = (address: string) => names.has(nameOf(address) ?? '');
  if (!isOwn(host) && !isLocal(nameOf(host))) return serverError('SERVER_HOST_REFUSED', { host: host.slice(0, 255) });
  const origin = c.req.header('origin');
  if (origin === undefined) return undefined;
  const from = URL.canParse(origin) ? new URL(origin).host : '';
  if (from !== '' && (from === host.toLowerCase() || isOwn(from))) return undefined;
  return serverError('SERVER_ORIGIN_REFUSED', { origin: origin.slice(0, 255) });
}

/** Names that the configuration gives, and the machine's own; each bucket also stands before the public name. */
function ownNames({ configuration, baseUrl, stacks }: CoordinatorContext): ReadonlySet<string> {
  const { listen, hosts } = configuration;
  const base = URL.canParse(baseUrl()) ? new URL(baseUrl()).host : '';
  const buckets = [...stacks.keys()].map((stack) => `${stack}.${base}`);
  return new Set([base, ...buckets, listen, hostname(), ...hosts].flatMap((host) => nameOf(host) ?? []));
}

function isLocal(name: string | undefined): boolean {
  if (name === undefined) return false;
  return name === 'localhost' || name.endsWith('.localhost') || isIP(plainHost(name)) !== 0;
}

/** The name in `host:port`, in lower case and without a final dot; undefined where it is no host. */
function nameOf(host: string): string | undefined {
  const url = `http://${host}`;
  return host !== '' && URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : undefined;
}
