import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { matchedRoutes } from 'hono/route';
import { anonymous, holds, type Access, type Principal } from '../../access/index.ts';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { SlipwayError } from '../../kit/index.ts';
import { noteRequest } from '../audit-requests.ts';
import { serverError } from '../errors.ts';
import { checkToken } from '../token-throttle.ts';
import { auditName } from './audit-name.ts';
import { routeName } from './check-routes.ts';
import { credentialOf } from './credential.ts';
import { jobPrincipal } from './job-principal.ts';
import { LocalAccess } from './local-access.ts';
import { permissions, type Permission } from './permissions.ts';
import {
  hasPrivateStack,
  mayRead,
  principalOf,
  requireStack,
  senderOf,
  setSender,
  type Sender,
} from './principal-of.ts';
import { refusalResponse } from './refusal.ts';
import { PAGE_HEADER, sessionCookie } from './session-cookie.ts';
import { nameOf, stackOf } from './subject.ts';

type ScopePermission = Extract<Permission, { by: 'scope' }>;

interface Authorization {
  readonly context: CoordinatorContext;
  readonly access: Access;
}

type SenderParts = Authorization & { readonly local: LocalAccess };

/** Finds out who sends a request, and refuses it if its row in the table of permissions does not allow it. */
export function authorize(parts: Authorization): MiddlewareHandler {
  const local = new LocalAccess(parts);
  return async (c, next) => {
    const names = matchedRoutes(c).map(routeName);
    const index = names.findIndex((name) => name !== undefined);
    const permission = permissions[names[index] ?? ''];
    if (permission?.by !== 'nothing' && permission?.by !== 'scope') return next();
    try {
      setSender(c, await senderFor(c, { ...parts, local }));
      noteRequest(c, { who: auditName(principalOf(c)) });
      if (permission.by === 'scope') check(c, parts.context, { permission, index });
    } catch (error) {
      if (error instanceof SlipwayError) return refusalResponse(c, error);
      throw error;
    }
    await next();
    // Shared caches must not keep an answer that not everyone may have.
    const caching = c.res.headers.get('cache-control');
    if (principalOf(c) !== anonymous && caching?.startsWith('public'))
      c.header('Cache-Control', caching.replace('public', 'private'));
  };
}

async function senderFor(c: Context, { context, access, local }: SenderParts): Promise<Sender> {
  const token = credentialOf(c);
  const find = (): Principal | undefined => access.principalOfToken(token) ?? jobPrincipal(context, token);
  if (token !== '') {
    const principal = await checkToken(c, { kind: 'account', token }, find);
    if (principal === undefined) throw serverError('SERVER_TOKEN_WRONG');
    return { principal, renewed: find };
  }
  const session = getCookie(c, sessionCookie(context).name);
  const principal = session === undefined ? undefined : access.principalOfSession(session);
  if (session === undefined || principal === undefined) return local.senderOf(c);
  const isChange = c.req.method !== 'GET' && c.req.method !== 'HEAD';
  if (isChange && c.req.header(PAGE_HEADER) === undefined) throw serverError('SERVER_PAGE_HEADER_MISSING');
  return { principal, renewed: () => access.principalOfSession(session) };
}

function check(
  c: Context,
  context: CoordinatorContext,
  { permission, index }: { readonly permission: ScopePermission; readonly index: number },
): void {
  const principal = principalOf(c);
  const { scope, subject } = permission;
  if (subject === 'server') return demand(c, holds(principal, scope), { scope, what: 'all stacks' });
  const name = nameOf(c, index, subject);
  if (subject === 'audit' && name === '') return demand(c, holds(principal, scope), { scope, what: 'all stacks' });
  const stacks = stackOf(context, subject, name);
  if (stacks?.length === 1) noteRequest(c, { stack: stacks[0] });
  if ('isForJob' in permission && isOwnJob(principal, subject, name)) return;
  const isVisible = stacks !== undefined && stacks.every((stack) => mayRead(context, principal, stack));
  if (!isVisible) throw hidden(c, context, { subject, name });
  const isAllowed = stacks.every((stack) => scope === 'read' || holds(principal, scope, stack));
  demand(c, isAllowed, { scope, what: `stack \`${stacks.join('`, `')}\`` });
}

/** A running job reads the mirror of its stack, and the records that are made for it. */
function isOwnJob({ job }: Principal, subject: string, name: string): boolean {
  return job !== undefined && name === (subject === 'bucket' ? job.stack : job.id);
}

/**
 * Returns the error for what does not exist, or may not be read. Both are the same, so that answers do not reveal the
 * names of private stacks; clients who have not signed in are asked to, if there are any such stacks.
 */
function hidden(
  c: Context,
  context: CoordinatorContext,
  { subject, name }: { readonly subject: string; readonly name: string },
): SlipwayError {
  if (principalOf(c) === anonymous && hasPrivateStack(context)) return serverError('SERVER_SIGN_IN_NEEDED');
  if (subject === 'stack' || subject === 'bucket' || subject === 'audit') requireStack(c, context, name);
  return serverError('SERVER_NOT_FOUND', { what: `${subject} ${name.slice(0, 100)}` });
}

function demand(c: Context, isAllowed: boolean, needed: { readonly scope: string; readonly what: string }): void {
  if (isAllowed) return;
  const { principal, refusal } = senderOf(c);
  if (principal === anonymous) throw refusal ?? serverError('SERVER_SIGN_IN_NEEDED');
  throw serverError('SERVER_SCOPE_MISSING', { who: principal.name, ...needed });
}
