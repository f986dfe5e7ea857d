import type { Context } from 'hono';
import type { SlipwayError } from '../../kit/index.ts';
import { Problem, viewOf } from '../../protocol/index.ts';
import { noteRequest, reasonText } from '../audit-requests.ts';

const REGISTRY_CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'NAME_UNKNOWN',
  429: 'TOOMANYREQUESTS',
};

/**
 * Answers a refused request in the form of its protocol. Clients of mirrors and registries learn how to authenticate;
 * other requests get no challenge, since a browser would ask for a password.
 */
export function refusalResponse(c: Context, error: SlipwayError): Response {
  const { path } = c.req;
  noteRequest(c, { reason: reasonText(error) });
  const status = error.status as 403;
  if (path === '/v2' || path.startsWith('/v2/')) {
    if (status === (401 as number)) challengeRegistry(c);
    return c.json(
      { errors: [{ code: REGISTRY_CODES[status] ?? 'DENIED', message: error.message, detail: {} }] },
      status,
    );
  }
  if (!path.startsWith('/mirrors/')) return c.json(viewOf(Problem, error), status);
  if (status === (401 as number)) c.header('WWW-Authenticate', 'Basic realm="slipway", charset="UTF-8"');
  return c.text(`${error.message}\n`, status);
}

/** Distribution specification, "Token Authentication": clients get a token at the realm, also without a password. */
function challengeRegistry(c: Context): void {
  const realm = `${new URL(c.req.url).origin}/v2/token`;
  c.header('WWW-Authenticate', `Bearer realm="${realm}",service="slipway"`);
  c.header('Docker-Distribution-API-Version', 'registry/2.0');
}
