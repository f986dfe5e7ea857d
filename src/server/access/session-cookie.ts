import type { CoordinatorContext } from '../../coordinator/index.ts';

/** A page of another site cannot set it: a browser asks this server first, which never agrees. */
export const PAGE_HEADER = 'x-slipway-page';

interface SessionCookie {
  readonly name: string;
  /** The browser sends them only here, never to scripts, and with no request that another site makes but a link. */
  readonly attributes: {
    readonly path: '/';
    readonly httpOnly: true;
    readonly sameSite: 'Lax';
    readonly secure: boolean;
  };
}

/** With HTTPS the prefix keeps other hosts of the domain from setting it (RFC 6265bis, section 4.1.3.2). */
export function sessionCookie(context: Pick<CoordinatorContext, 'baseUrl'>, kind = 'session'): SessionCookie {
  const secure = context.baseUrl().startsWith('https:');
  return {
    name: `${secure ? '__Host-' : ''}slipway-${kind}`,
    attributes: { path: '/', httpOnly: true, sameSite: 'Lax', secure },
  };
}
