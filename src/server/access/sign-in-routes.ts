import { randomBytes } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import * as z from 'zod';
import { accessError, anonymous, holds, scopes, type Access, type SignInProvider } from '../../access/index.ts';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { SlipwayError } from '../../kit/index.ts';
import { TokenSignIn, type SessionView } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';
import { mayRead, principalOf } from './principal-of.ts';
import { answering, readJson } from '../routes/request-body.ts';
import { addressOfRequest } from '../remote-address.ts';
import { checkToken } from '../token-throttle.ts';
import { PAGE_HEADER, sessionCookie } from './session-cookie.ts';

type Parts = Pick<CoordinatorContext, 'stacks' | 'baseUrl' | 'log' | 'audit'>;

/** What the browser keeps while its person is at the provider. */
const Pending = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});

const PENDING_SECONDS = 600;

/** Lets people sign in and out, and reports who is signed in. */
export function signInRoutes(context: Parts, access: Access): Hono {
  const app = new Hono();
  app.post('/auth/token', (c) => answering(c, () => exchangeToken(c, context, access)));
  app.get('/auth/:provider/sign-in', (c) => begin(c, context, providerOf(c, access)));
  app.get('/auth/:provider/callback', (c) => finish(c, context, access));
  app.post('/auth/sign-out', (c) => {
    const { name, attributes } = sessionCookie(context);
    const session = getCookie(c, name);
    if (session !== undefined) access.endSession(session);
    deleteCookie(c, name, attributes);
    return c.json({});
  });
  app.get('/api/v1/session', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json(sessionView(c, context, access));
  });
  return app;
}

/** Keeps a session in the browser instead of the token. Other sites cannot sign a person in as another one. */
async function exchangeToken(c: Context, context: Parts, access: Access): Promise<Response> {
  if (c.req.header(PAGE_HEADER) === undefined) throw serverError('SERVER_PAGE_HEADER_MISSING');
  const { token } = TokenSignIn.parse(await readJson(c.req.raw));
  const session = await checkToken(c, { kind: 'account', token }, () => access.startTokenSession(token));
  if (session === undefined) throw serverError('SERVER_TOKEN_WRONG');
  keepSession(c, context, { session, seconds: access.sessionSeconds });
  return c.json({});
}

function keepSession(c: Context, context: Parts, { session, seconds }: { session: string; seconds: number }): void {
  const { name, attributes } = sessionCookie(context);
  setCookie(c, name, session, { ...attributes, maxAge: seconds });
}

async function begin(c: Context, context: Parts, provider: SignInProvider): Promise<Response> {
  const random = () => randomBytes(32).toString('base64url');
  const pending = { state: random(), nonce: random(), verifier: random() };
  const { name, attributes } = sessionCookie(context, 'sign-in');
  const kept = { ...pending, provider: provider.id, returnTo: localPath(c.req.query('return')) };
  const text = Buffer.from(JSON.stringify(kept)).toString('base64url');
  const address = await provider.begin(redirectUri(context, provider), pending);
  setCookie(c, name, text, { ...attributes, maxAge: PENDING_SECONDS });
  return c.redirect(address.href);
}

async function finish(c: Context, context: Parts, access: Access): Promise<Response> {
  const provider = providerOf(c, access);
  const { name, attributes } = sessionCookie(context, 'sign-in');
  const pending = readPending(getCookie(c, name));
  deleteCookie(c, name, attributes);
  c.header('Cache-Control', 'no-store');
  try {
    if (pending?.provider !== provider.id) {
      const reason = 'It did not begin in this browser, or more than ten minutes ago.';
      throw accessError('ACCESS_SIGN_IN_FAILED', { provider: provider.title, reason });
    }
    const callback = new URL(redirectUri(context, provider));
    callback.search = new URL(c.req.url).search;
    const identity = await provider.finish(callback, pending);
    const session = access.startSession(provider, identity);
    keepSession(c, context, { session, seconds: access.sessionSeconds });
    const who = `account:${identity.name}${provider.namesActors ? '' : ` (${provider.id})`}`;
    context.audit.record({ who, from: addressOfRequest(c), action: 'session.start', outcome: 'done' });
    return c.redirect(pending.returnTo);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    context.log.warn({ provider: provider.id, code: error.code }, error.message);
    return c.text(`${error.message}\n${error.hint ?? ''}\n`, error.status as 401);
  }
}

function providerOf(c: Context, { providers }: Access): SignInProvider {
  const name = c.req.param('provider') ?? '';
  const provider = providers.find(({ id }) => id === name);
  if (provider === undefined)
    throw serverError('SERVER_NOT_FOUND', { what: `sign-in service \`${name.slice(0, 100)}\`` });
  return provider;
}

function redirectUri({ baseUrl }: Parts, { id }: SignInProvider): string {
  return `${baseUrl()}/auth/${id}/callback`;
}

/** Returns a path of this server; `/` for anything that leads elsewhere. */
function localPath(path = '/'): string {
  const base = 'http://localhost';
  if (!path.startsWith('/') || !URL.canParse(path, base)) return '/';
  const { origin, pathname, search, hash } = new URL(path, base);
  // `//host` and `/\host` name another host.
  return origin === base && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/';
}

function readPending(text: string | undefined): z.infer<typeof Pending> | undefined {
  try {
    return Pending.parse(JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}

function sessionView(c: Context, context: Parts, { providers }: Access): SessionView {
  const principal = principalOf(c);
  const readable = [...context.stacks.keys()].filter((stack) => mayRead(context, principal, stack));
  const highest = (stack: string) => scopes.findLast((scope) => holds(principal, scope, stack)) ?? 'read';
  return {
    ...(principal === anonymous || principal.kind === 'local' ? {} : { name: principal.name }),
    isSession: principal.kind === 'session',
    isLocal: principal.kind === 'local',
    stacks: Object.fromEntries(readable.map((stack) => [stack, highest(stack)])),
    providers: providers.map(({ id, title }) => ({ id, title })),
  };
}
