import type { Context, MiddlewareHandler } from 'hono';
import type { AuditEntry, AuditLog } from '../audit/index.ts';
import { SlipwayError, messageOf } from '../kit/index.ts';
import { addressOfRequest } from './remote-address.ts';

/** What a route knows of its request, for the record. */
type RequestNote = Partial<Pick<AuditEntry, 'who' | 'stack' | 'on' | 'reason' | 'details'>>;

const VARIABLE = 'auditNote';

interface AuditedPath {
  readonly path: RegExp;
  /** Default: any. */
  readonly method?: 'POST' | 'DELETE';
  /** `$1` and `$2` stand for parts of the path. */
  readonly action: string;
  readonly on?: string;
  readonly stack?: string;
  /** Only refusals are recorded: the requests come often, and what they do is recorded elsewhere. */
  readonly isFrequent?: true;
}

/** By the first that matches; requests at other paths are recorded under their method. */
const AUDITED: readonly AuditedPath[] = [
  { path: /^\/api\/v1\/jobs\/(\d+)\/(retry|play|cancel)$/, action: 'job.$2', on: 'job $1' },
  { path: /^\/api\/v1\/pipelines\/(\d+)\/jobs\/(retry|play|cancel)$/, action: 'job.$2', on: 'pipeline $1' },
  { path: /^\/api\/v1\/pipelines\/(\d+)\/(retry|cancel)$/, action: 'pipeline.$2', on: 'pipeline $1' },
  { path: /^\/api\/v1\/images\/(\d+)\/retry$/, action: 'image.publish', on: 'image $1' },
  { path: /^\/api\/v1\/stacks\/([^/]+)\/images\/rebase$/, action: 'image.rebase', stack: '$1' },
  { path: /^\/api\/v1\/stacks\/([^/]+)\/images\/retry$/, action: 'image.publish', stack: '$1' },
  { path: /^\/api\/v1\/stacks\/([^/]+)\/trigger$/, action: 'pipeline.trigger', stack: '$1' },
  { path: /^\/api\/v1\/stacks\/([^/]+)\/identity$/, action: 'identity.exchange', stack: '$1' },
  { path: /^\/api\/v1\/stacks\/([^/]+)\/identity\/finish$/, action: 'identity.finish', stack: '$1' },
  {
    path: /^\/api\/v1\/stacks\/([^/]+)\/requests\/([^/]+)\/approve$/,
    action: 'request.approve',
    on: 'pull request $2',
    stack: '$1',
  },
  {
    path: /^\/api\/v1\/stacks\/([^/]+)\/requests\/([^/]+)\/run$/,
    action: 'pipeline.trigger',
    on: 'pull request $2',
    stack: '$1',
  },
  {
    path: /^\/api\/v1\/stacks\/([^/]+)\/requests\/([^/]+)\/rebuild$/,
    action: 'pipeline.rebuild',
    on: 'pull request $2',
    stack: '$1',
  },
  { path: /^\/api\/v1\/tokens$/, action: 'token.create' },
  { path: /^\/api\/v1\/tokens\/(\d+)\/revoke$/, action: 'token.revoke', on: 'token $1' },
  { path: /^\/auth\/token$/, action: 'session.start' },
  { path: /^\/auth\/\w+\/callback$/, action: 'session.start' },
  { path: /^\/(?:auth\/sign-out|api\/v1\/sessions\/end)$/, action: 'session.end' },
  { path: /^\/api\/v1\/stacks\/([^/]+)\/(block|unblock)$/, action: 'quota.$2', stack: '$1' },
  { path: /^\/hooks\/([a-z]+)$/, action: 'hook.$1' },
  { path: /^\/hooks\/([a-z]+)\/([^/]+)$/, action: 'hook.$1', stack: '$2' },
  { path: /^\/v2\/(.*)$/, action: 'registry.push', on: '$1' },
  { path: /^\/api\/v1\/runners$/, action: 'runner.create' },
  { path: /^\/api\/v1\/runners\/(\d+)$/, action: 'runner.edit', on: 'runner $1' },
  { path: /^\/api\/v1\/runners\/(\d+)\/(\w+)$/, action: 'runner.$2', on: 'runner $1' },
  { path: /^\/api\/v1\/runners\/registration$/, action: 'runner.allow-registration' },
  { path: /^\/api\/v1\/runners\/registration\/end$/, action: 'runner.end-registration' },
  { path: /^\/api\/v4\/runners$/, method: 'POST', action: 'runner.register' },
  { path: /^\/api\/v4\/runners$/, method: 'DELETE', action: 'runner.remove' },
  { path: /^\/api\/v4\/runners\/managers$/, action: 'runner.sign-off' },
  { path: /^\/api\/v4\/user\/runners$/, action: 'runner.create' },
  { path: /^\/api\/v4\/runners\/(?:\d+\/)?reset_authentication_token$/, action: 'runner.rotate' },
  { path: /^\/api\/v4\/projects\/[^/]+\/trigger\/pipeline$/, action: 'pipeline.trigger' },
  { path: /^\/api\/v4\//, action: 'runner.request', isFrequent: true },
  { path: /^\/[^/]+\/([^/]+)\.git\/git-upload-pack$/, action: 'git.fetch', stack: '$1', isFrequent: true },
  { path: /^\/[^/]+\/([^/]+)\.git\/git-receive-pack$/, action: 'git.push', stack: '$1' },
];
/** The gateway records what jobs do itself. */
const RECORDED_ELSEWHERE = /^\/s3(?:\/|$)/;
const REFUSALS = new Set([401, 403, 421, 429]);
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Records each request that changes something, and each that was refused for who sent it. Requests that change
 * something are refused while they could not be recorded.
 */
export function recordRequests(audit: AuditLog): MiddlewareHandler {
  return async (c, next) => {
    const { path, method } = c.req;
    if (RECORDED_ELSEWHERE.test(path)) return next();
    const known = AUDITED.find((one) => one.path.test(path) && (one.method ?? method) === method);
    const isAction = !READS.has(method) && known?.isFrequent !== true;
    if (isAction) audit.require();
    await next();
    // Without an attempt to sign in, 401 only asks for it.
    const isRefused =
      REFUSALS.has(c.res.status) && (c.res.status !== 401 || c.req.header('authorization') !== undefined);
    if (isAction || isRefused) audit.record(entryOf(c, known));
  };
}

/** Adds what a route knows of its request to the record: who sent it, and what it is about. */
export function noteRequest(c: Context, note: RequestNote): void {
  c.set(VARIABLE, { ...(c.get(VARIABLE) as RequestNote | undefined), ...note });
}

function entryOf(c: Context, known: AuditedPath | undefined): AuditEntry {
  const { path, method } = c.req;
  const { status } = c.res;
  const fill = (template?: string) => template && path.replace(known?.path ?? /$/, template);
  const note = (c.get(VARIABLE) ?? {}) as RequestNote;
  const from = addressOfRequest(c);
  const reason = status < 400 ? undefined : (note.reason ?? reasonOf(c) ?? `answered ${status}`);
  return {
    who: 'anonymous',
    from,
    action: fill(known?.action) ?? `request.${method.toLowerCase()}`,
    stack: fill(known?.stack),
    on: fill(known?.on) ?? (known === undefined ? path : undefined),
    ...note,
    outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
    reason,
  };
}

function reasonOf({ error }: Context): string | undefined {
  if (error === undefined) return undefined;
  return error instanceof SlipwayError ? reasonText(error) : messageOf(error);
}

/** An error as the reason of a record. */
export function reasonText({ code, message }: SlipwayError): string {
  return `${code}: ${message}`;
}
