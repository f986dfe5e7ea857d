import type { Context, Next } from 'hono';
import type { StandInCheckRun } from './github-checks.ts';

/** A request as people made it; its head's SHA is wherever the repository has it. */
export interface StandInPull {
  readonly number: number;
  readonly author: string;
  /** Name of the branch that it comes from. */
  readonly branch: string;
  readonly isFork: boolean;
  draft: boolean;
  title: string;
  base: string;
  labels?: readonly string[];
  state: 'open' | 'closed';
  merged: boolean;
  /** The commit that the merge made. */
  mergeSha?: string;
  head: string;
}

export interface StandInStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

export interface StandInActivity {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly actor: string;
}

/** A comment on a request. */
export interface StandInComment {
  readonly id: number;
  readonly request: number;
  /** Login of who wrote it; `us`: the account of the token. */
  readonly author: string;
  body: string;
  /** ISO 8601; some time ago, if it is absent. */
  at?: string;
  editedAt?: string;
  /** Whether a GitHub App wrote it. */
  isOfApp?: boolean;
}

/** Something that goes wrong with requests whose `METHOD /path` matches. */
export interface Fault {
  readonly on: RegExp;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** The request is done all the same; only its answer is lost. */
  readonly isDone?: boolean;
  times: number;
}

/** What lists of requests and comments show. */
interface Listed {
  readonly pulls: ReadonlyMap<number, StandInPull>;
  readonly comments: readonly StandInComment[];
}

/** What the routes of a stand-in for a forge know and change. */
export interface ApiState {
  readonly full: string;
  /** Whether the forge accepts a token now. */
  accepts(token: string): boolean;
  readonly pulls: Map<number, StandInPull>;
  readonly statuses: StandInStatus[];
  /** Comments on requests, oldest first. */
  readonly comments: StandInComment[];
  /** Oldest first. */
  readonly checkRuns: StandInCheckRun[];
  /** What accounts may do, in GitHub's words; `read`, if they are not there. */
  readonly roles: Map<string, string>;
  readonly faults: Fault[];
  /** How many of the newest statuses no list shows yet. */
  lag?: number;
  /** What lists of requests and comments show while they lag behind: those of an earlier moment. */
  stale?: Listed;
  /** Each request that came, as `METHOD /path`, and the status of its answer. */
  readonly requests: { readonly line: string; readonly status: number }[];
  /** Moves of branches, and of tags where the forge records these; oldest first. */
  readonly activities: StandInActivity[];
  /** What the forge's own description does not allow, of us or of the stand-in. */
  readonly violations: string[];
  /** SHA of a branch's tip, or of a request's head (`pull/7/head`); undefined if there is none. */
  tip(ref: string): Promise<string | undefined>;
  hasCommit(sha: string): Promise<boolean>;
}

interface Gate {
  /** Path of the API. */
  readonly base: string;
  /** Refuses a request without the token, or for another repository; undefined: it is served. */
  readonly refuse: (c: Context) => Promise<Response | undefined> | Response | undefined;
}

/** Counts requests, checks who sends them, and lets faults happen. */
export async function observe(
  c: Context,
  next: Next,
  { state, base, refuse }: Gate & { state: ApiState },
): Promise<void> {
  const line = `${c.req.method} ${c.req.path.slice(base.length)}`;
  const answer = async (): Promise<void> => {
    const refusal = await refuse(c);
    if (refusal === undefined) await next();
    else c.res = refusal;
  };
  const fault = state.faults.find((one) => one.times > 0 && one.on.test(line));
  if (fault === undefined) await answer();
  else {
    fault.times -= 1;
    if (fault.isDone === true) await answer();
    c.res = c.json({ message: fault.message ?? 'Server Error' }, fault.status as 502, { ...fault.headers });
  }
  state.requests.push({ line, status: c.res.status });
}

/** Lists show the present state until they catch up. */
export function lag(state: ApiState): void {
  state.stale = structuredClone({ pulls: state.pulls, comments: state.comments });
}

export function listed({ stale, pulls, comments }: ApiState): Listed {
  return stale ?? { pulls, comments };
}

/** The comments on one request, and what the API does with them; ids are those of the whole forge. */
export function commentsOn(state: ApiState, request: number) {
  const { comments, pulls } = state;
  return {
    listed: () => listed(state).comments.filter((one) => one.request === request),
    find: (id: number) => comments.find((one) => one.id === id),
    /** Undefined where there is no such request. */
    add: (body: string): StandInComment | undefined => {
      if (!pulls.has(request)) return undefined;
      const comment = { id: Math.max(0, ...comments.map(({ id }) => id)) + 1, request, author: 'us', body };
      comments.push(comment);
      return comment;
    },
    remove: (comment: StandInComment): void => void comments.splice(comments.indexOf(comment), 1),
  };
}

/** The part of a list that a page of it has, and the header that leads to the next one. */
export function pageOf<T>(c: Context, all: readonly T[]): { items: readonly T[]; headers: Record<string, string> } {
  const [size, page] = [Number(c.req.query('per_page') ?? 30), Number(c.req.query('page') ?? 1)];
  const next = new URL(c.req.url);
  next.searchParams.set('page', String(page + 1));
  const link = page * size < all.length ? { Link: `<${next.href}>; rel="next", <${next.href}>; rel="last"` } : {};
  return { items: all.slice((page - 1) * size, page * size), headers: link as Record<string, string> };
}
