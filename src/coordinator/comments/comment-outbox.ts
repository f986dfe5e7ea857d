import {
  Outbox,
  hasCode,
  messageOf,
  sha256,
  timestamp,
  type Deliveries,
  type SlipwayError,
  type Timer,
} from '../../kit/index.ts';
import type { Forge } from '../../forge/index.ts';
import { Problem, viewOf } from '../../protocol/index.ts';
import { currentTime, type ForgeWork } from '../context.ts';
import type { DueComment } from './comment-ledger.ts';
import { PostPace, progressInterval } from '../status/post-pace.ts';
import type { CommentSource } from './comment-source.ts';

/** How long a forge that took no comment is left alone. */
const RETRY_MS = 60_000;
/** What seemed lost may still be on its way. */
const CHECK_MS = 60_000;
/** Time until a refused comment is tried again: a conversation may be unlocked. */
const REFUSED_MS = 3600_000;
/** GitHub asks for at least a second between two requests that create content. */
const SPACING_MS = 1000;
/** The time between the first two reports of progress on a request; each further interval is twice as long. */
const PROGRESS_MS = 30_000;
/** The shortest time between two comments of a stack of which the second only reports progress. */
const PROGRESS_SPACING_MS = 15_000;

interface Outgoing extends ForgeWork {
  readonly stacks: ReadonlyMap<string, { readonly forge: Pick<Forge, 'comment'> }>;
}

/** What a running server remembers of a stack. */
interface Rest {
  /** When the forge is tried again. */
  until: number;
  /** When the last comment was written. */
  last: number;
  /** The token may not comment: nothing is tried until the next start. */
  isForbidden: boolean;
}

interface Options {
  /** Counts what else is posted to the forge. */
  readonly pace?: PostPace;
  readonly timer?: Timer;
}

/**
 * Writes the one comment on each request where something about it has changed. The text is made when it is due, and
 * written if it differs from the last one. A change that people wait for is written at once, progress at growing
 * intervals. What cannot be written now is written later, also after a restart, and compared with what the forge has a
 * minute after that. No failure here reaches a pipeline.
 */
export function createCommentOutbox(
  context: Outgoing,
  source: CommentSource,
  { pace = new PostPace(context.clock), timer }: Options = {},
): Outbox<DueComment> {
  return new Outbox(new CommentDeliveries(context, source, pace), context.clock, timer);
}

class CommentDeliveries implements Deliveries<DueComment> {
  readonly #context: Outgoing;
  readonly #source: CommentSource;
  readonly #pace: PostPace;
  readonly #rests = new Map<string, Rest>();

  constructor(context: Outgoing, source: CommentSource, pace: PostPace) {
    this.#context = context;
    this.#source = source;
    this.#pace = pace;
  }

  next(stack: string): ReturnType<Deliveries<DueComment>['next']> {
    const { ledger, clock, stacks } = this.#context;
    if (stacks.get(stack)?.forge.comment === undefined) return undefined;
    const rest = this.#restOf(stack);
    if (rest.isForbidden) return undefined;
    const due = ledger.dueComments(stack);
    if (due.length === 0) return undefined;
    const waits = due.map((comment) => Math.max(rest.until - clock.now(), this.#waitFor(comment, rest)));
    const item = due[waits.findIndex((wait) => wait <= 0)];
    return item === undefined ? { wait: Math.min(...waits) } : { item };
  }

  /** Returns the time after which the stack's comments are taken up again. */
  async deliver(comment: DueComment): Promise<number | undefined> {
    const rest = this.#restOf(comment.stack);
    try {
      if (!(await this.#write(comment))) return undefined;
      rest.last = this.#context.clock.now();
      rest.until = rest.last + SPACING_MS;
      return SPACING_MS;
    } catch (error) {
      return this.#notWritten(comment, error, rest);
    }
  }

  failed(stack: string, error: unknown): void {
    this.#context.log.error({ stack, error: messageOf(error) }, 'comments could not be made');
  }

  /** Milliseconds until a comment may be written. */
  #waitFor({ stack, request: number, occasion, posts, at = '', ...comment }: DueComment, rest: Rest): number {
    const { ledger, clock } = this.#context;
    const now = clock.now();
    const room = this.#pace.wait(stack, 'comment');
    if (!comment.isChanged) return Math.max(room, Math.min(REFUSED_MS, Date.parse(comment.checkAt ?? '') - now));
    const request = ledger.request(stack, number);
    if (request === undefined || occasion !== this.#source.occasion(request)) return room;
    const interval = progressInterval(PROGRESS_MS, posts);
    const spacing = Math.max(Date.parse(at) + interval, rest.last + PROGRESS_SPACING_MS) - now;
    return Math.max(spacing, this.#pace.wait(stack, 'progress'));
  }

  /** Returns false if there is nothing to write. */
  async #write(comment: DueComment): Promise<boolean> {
    const { ledger, stacks } = this.#context;
    const { stack, request: number, digest: before, isChanged, checkAt } = comment;
    const request = ledger.request(stack, number);
    const occasion = request && this.#source.occasion(request);
    const text = request && (await this.#source.text(request, comment));
    if (text === undefined || occasion === undefined) {
      ledger.commentWritten(comment);
      return false;
    }
    const digest = sha256(text);
    const isNew = digest !== before;
    const isUncertain = checkAt !== undefined;
    let isChecked = isUncertain && isChanged;
    if (isNew || isUncertain) {
      this.#pace.posted(stack);
      const { forge } = stacks.get(stack) ?? {};
      const result = await forge?.comment?.({ request: number, marker: `slipway ${stack}`, text, isUncertain });
      isChecked ||= result === 'created';
    }
    const at = isNew ? currentTime(this.#context) : undefined;
    ledger.commentWritten(comment, {
      digest,
      occasion,
      at,
      checkAt: isChecked ? this.#after(CHECK_MS) : undefined,
    });
    return isNew || isUncertain;
  }

  #notWritten(comment: DueComment, error: unknown, rest: Rest): number | undefined {
    const { ledger, log, clock } = this.#context;
    const { stack, request } = comment;
    const about = { stack, request, error: messageOf(error) };
    if (hasCode(error, 'FORGE_COMMENT_REFUSED')) {
      log.warn(about, 'the forge refused the comment');
      const isOpen = ledger.request(stack, request)?.state === 'open';
      ledger.commentNotWritten(comment, { isFinal: true, checkAt: isOpen ? this.#after(REFUSED_MS) : undefined });
      return undefined;
    }
    rest.until = clock.now() + RETRY_MS;
    if (hasCode(error, 'FORGE_COMMENT_FORBIDDEN')) {
      rest.isForbidden = true;
      log.warn({ ...about, hint: (error as SlipwayError).hint }, 'no comments are written until the next start');
      ledger.commentForbidden(comment, viewOf(Problem, error as SlipwayError));
      return undefined;
    }
    log.warn(about, 'comment not written yet');
    ledger.commentNotWritten(comment, { isFinal: false, checkAt: this.#after(RETRY_MS) });
    return RETRY_MS;
  }

  #after(milliseconds: number): string {
    return timestamp({ now: () => this.#context.clock.now() + milliseconds });
  }

  #restOf(stack: string): Rest {
    const known = this.#rests.get(stack);
    if (known !== undefined) return known;
    const rest = { until: 0, last: Number.NEGATIVE_INFINITY, isForbidden: false };
    this.#rests.set(stack, rest);
    // The server may have been killed between a comment and its record.
    this.#context.ledger.checkDueComments(stack, currentTime(this.#context));
    return rest;
  }
}
