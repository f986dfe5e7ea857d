import {
  Outbox,
  hasCode,
  messageOf,
  sha256,
  systemTimer,
  type Deliveries,
  type SlipwayError,
} from '../../kit/index.ts';
import { Problem, viewOf } from '../../protocol/index.ts';
import { requestMarkdown } from '../../report/index.ts';
import { currentTime, type CoordinatorContext, type Stack } from '../context.ts';
import type { DueComment, RequestRecord } from '../ports.ts';
import { basePolicy } from '../requests/base-policy.ts';
import { occasionOf, requestReport } from './request-report.ts';

/** How long a forge that took no comment is left alone. */
const RETRY_MS = 60_000;
/** GitHub asks for at least a second between two requests that create content. */
const SPACING_MS = 1000;
/** The time between the first two reports of progress on a request; each further interval is twice as long. */
const PROGRESS_MS = 30_000;
const LONGEST_PROGRESS_MS = 15 * 60_000;
/** The shortest time between two comments of a stack of which the second only reports progress. */
const PROGRESS_SPACING_MS = 15_000;

/** What a running server remembers of a stack. */
interface Pace {
  /** When the forge is tried again. */
  rest: number;
  /** When the last comment was written. */
  last: number;
  /** The token may not comment: nothing is tried until the next start. */
  isForbidden: boolean;
}

/**
 * Writes the one comment on each request where something about it has changed. The text is made when it is due, and
 * written if it differs from the last one. A change that people wait for is written at once, progress at growing
 * intervals. What cannot be written now is written later, also after a restart. No failure here reaches a pipeline.
 */
export function createCommentOutbox(context: CoordinatorContext, timer = systemTimer): Outbox<DueComment> {
  const paces = new Map<string, Pace>();
  const paceOf = (stack: string): Pace => {
    const pace = paces.get(stack) ?? { rest: 0, last: Number.NEGATIVE_INFINITY, isForbidden: false };
    paces.set(stack, pace);
    return pace;
  };
  const deliveries: Deliveries<DueComment> = {
    next: (stack) => nextOf(context, stack, paceOf(stack)),
    deliver: (comment) => deliver(context, comment, paceOf(comment.stack)),
    failed: (stack, error) => context.log.error({ stack, error: messageOf(error) }, 'comments could not be made'),
  };
  return new Outbox(deliveries, context.clock, timer);
}

function nextOf(context: CoordinatorContext, stack: string, pace: Pace): ReturnType<Deliveries<DueComment>['next']> {
  if (pace.isForbidden || context.stacks.get(stack)?.forge.comment === undefined) return undefined;
  const due = context.ledger.dueComments(stack);
  if (due.length === 0) return undefined;
  const now = context.clock.now();
  const waits = due.map((comment) => Math.max(pace.rest - now, waitFor(context, comment, pace)));
  const item = due[waits.findIndex((wait) => wait <= 0)];
  return item === undefined ? { wait: Math.min(...waits) } : { item };
}

/** Milliseconds until a comment may be written, if only progress is new. */
function waitFor(context: CoordinatorContext, comment: DueComment, pace: Pace): number {
  const request = context.ledger.request(comment.stack, comment.request);
  if (request === undefined || comment.occasion !== occasionOf(context, request)) return 0;
  const { posts, at = '' } = comment;
  const interval = Math.min(LONGEST_PROGRESS_MS, PROGRESS_MS * 2 ** (posts - 1));
  return Math.max(Date.parse(at) + interval, pace.last + PROGRESS_SPACING_MS) - context.clock.now();
}

/** Returns the time after which the stack's comments are taken up again. */
async function deliver(context: CoordinatorContext, comment: DueComment, pace: Pace): Promise<number | undefined> {
  const { ledger, log, clock } = context;
  const { stack, request: number } = comment;
  try {
    const isWritten = await write(context, comment);
    if (!isWritten) return undefined;
    pace.last = clock.now();
    pace.rest = pace.last + SPACING_MS;
    return SPACING_MS;
  } catch (error) {
    const about = { stack, request: number, error: messageOf(error) };
    if (hasCode(error, 'FORGE_COMMENT_REFUSED')) {
      log.warn(about, 'the forge refused the comment');
      ledger.commentWritten(comment);
      return undefined;
    }
    pace.rest = clock.now() + RETRY_MS;
    if (hasCode(error, 'FORGE_COMMENT_FORBIDDEN')) {
      pace.isForbidden = true;
      log.warn({ ...about, hint: (error as SlipwayError).hint }, 'no comments are written until the next start');
      ledger.commentForbidden(comment, viewOf(Problem, error as SlipwayError));
      return undefined;
    }
    log.warn(about, 'comment not written yet');
    return RETRY_MS;
  }
}

/** Returns false if there is nothing to write. */
async function write(context: CoordinatorContext, comment: DueComment): Promise<boolean> {
  const { ledger, stacks } = context;
  const { stack: name, request: number } = comment;
  const [stack, request] = [stacks.get(name), ledger.request(name, number)];
  const isWanted =
    stack !== undefined && request !== undefined && (await hasComment(context, stack, { request, comment }));
  if (!isWanted) {
    ledger.commentWritten(comment);
    return false;
  }
  const occasion = occasionOf(context, request);
  const report = await requestReport(context, request);
  const text = requestMarkdown(report, { baseUrl: context.baseUrl() });
  const digest = sha256(text);
  const isNew = digest !== comment.digest;
  if (isNew) await stack.forge.comment?.({ request: number, marker: `slipway ${name}`, text });
  ledger.commentWritten(comment, { digest, occasion, at: isNew ? currentTime(context) : undefined });
  return isNew;
}

interface Wanted {
  readonly request: RequestRecord;
  readonly comment: DueComment;
}

/** A comment that is there is kept up to date. The policy of the base decides whether one is created. */
async function hasComment(context: CoordinatorContext, stack: Stack, { request, comment }: Wanted): Promise<boolean> {
  if (comment.digest !== undefined) return true;
  const { ledger, pipelines } = context;
  const { stack: name, number, headSha, state } = request;
  if (ledger.commands(name, number).length > 0) return true;
  const isReported =
    pipelines.list({ stack: name, request: number, limit: 1 }).length > 0 ||
    ledger.statusesOf(name, headSha).some((status) => status.state !== 'success');
  if (state !== 'open' || !isReported) return false;
  return (await basePolicy(context, stack, request))?.comment !== false;
}
