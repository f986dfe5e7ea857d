import { BoundedMap, Outbox, hasCode, messageOf, type Deliveries, type Timer } from '../../kit/index.ts';
import { currentTime, type ForgeWork } from '../context.ts';
import type { CommitStatus, Forge, StatusDetail } from '../../forge/index.ts';
import type { StatusRecord, UnpostedStatus } from './status-ledger.ts';
import { postedContext, type NamedStack } from './posted-context.ts';
import { PostPace, progressInterval } from './post-pace.ts';
import { StatusChecks, type StatusCheck } from './status-checks.ts';

/** How long a forge that took no status is left alone, unless there is something new to report. */
const RETRY_MS = 60_000;
/** The time between the first two reports of progress on one commit; each further interval is twice as long. */
const PROGRESS_MS = 10_000;
/** GitHub takes 1,000 statuses for a commit and context; the last hundred are kept for changes of the state. */
const MOST_PROGRESS = 900;
const REMEMBERED = 2000;

/** Recorded statuses, and the forges that they go to. */
interface Outgoing extends ForgeWork {
  readonly stacks: ReadonlyMap<string, NamedStack & { readonly forge: Pick<Forge, 'post' | 'notShown'> }>;
}

type DetailOf = (status: StatusRecord) => Promise<StatusDetail>;

interface Options {
  /** Counts what else is posted to the forge. */
  readonly pace?: PostPace;
  readonly timer?: Timer;
}

type Item = { readonly status: UnpostedStatus } | { readonly check: StatusCheck };

/**
 * Posts recorded statuses to forges: of each commit and context only the newest, and none twice; compares what was
 * posted with what forges show in between. What cannot be posted now is posted later, also after a restart, and holds
 * up nothing else. No failure here reaches a pipeline. What checks show besides is computed when it is posted, and not
 * stored.
 */
export function createStatusOutbox(
  context: Outgoing,
  detailOf: DetailOf,
  { pace = new PostPace(context.clock), timer }: Options = {},
): Outbox<Item> {
  return new Outbox(new StatusDeliveries(context, detailOf, pace), context.clock, timer);
}

class StatusDeliveries implements Deliveries<Item> {
  readonly #context: Outgoing;
  readonly #detailOf: DetailOf;
  readonly #checks: StatusChecks;
  readonly #pace: PostPace;
  /** Statuses that could not be posted, by id, in the order of their last attempts. */
  readonly #failed = new BoundedMap<string, true>(REMEMBERED);
  /** Stacks whose forge did not answer as it should. */
  readonly #down = new Set<string>();

  constructor(context: Outgoing, detailOf: DetailOf, pace: PostPace) {
    this.#context = context;
    this.#detailOf = detailOf;
    this.#checks = new StatusChecks(context, (status) => this.#commitStatus(status));
    this.#pace = pace;
  }

  /** What failed comes after all others, and of these the one first that failed first. */
  next(stack: string): ReturnType<Deliveries<Item>['next']> {
    const failures = [...this.#failed.keys()];
    const waiting = this.#context.ledger
      .unpostedStatuses(stack)
      .map((status) => ({ status, wait: this.#waitFor(status), turn: failures.indexOf(status.id) }))
      .toSorted((one, other) => one.turn - other.turn);
    const due = waiting.filter(({ wait }) => wait <= 0);
    const [first] = due;
    if (first?.turn === -1) return { item: first };
    const check = this.#checks.next(stack);
    if (check !== undefined && 'item' in check) return { item: { check: check.item } };
    if (first !== undefined) return { item: first };
    const waits = [...waiting.map(({ wait }) => wait), ...(check === undefined ? [] : [check.wait])];
    return waits.length === 0 ? undefined : { wait: Math.min(...waits) };
  }

  async deliver(item: Item): Promise<number | undefined> {
    const { stack } = 'check' in item ? item.check : item.status;
    const isAnswered = 'check' in item ? await this.#check(item.check) : await this.#post(item.status);
    if (!isAnswered) {
      this.#down.add(stack);
      return RETRY_MS;
    }
    if (this.#down.delete(stack)) this.#checks.planRound(stack);
    return undefined;
  }

  failed(stack: string, error: unknown): void {
    this.#context.log.error({ stack, error: messageOf(error) }, 'statuses could not be read');
  }

  /**
   * Milliseconds until a status may be posted. A change of the state is due at once, progress only from time to time.
   */
  #waitFor(status: UnpostedStatus): number {
    const { ledger, clock } = this.#context;
    if (status.state !== 'pending') return 0;
    const { posts, state, outcome, at = '' } = ledger.statusPosts(status);
    if (state !== 'pending' || outcome !== status.outcome) return 0;
    if (posts >= MOST_PROGRESS) return Number.POSITIVE_INFINITY;
    const interval = progressInterval(PROGRESS_MS, posts);
    // A clock that was set back does not prolong it.
    const wait = Math.min(interval, Date.parse(at) + interval - clock.now());
    return Math.max(wait, this.#pace.wait(status.stack, 'progress'));
  }

  /** Returns false if it is to be tried again. */
  async #post(status: UnpostedStatus): Promise<boolean> {
    const { log, stacks, ledger } = this.#context;
    const { id, stack, sha, context, state } = status;
    const hasFailed = this.#failed.delete(id);
    this.#pace.posted(stack);
    try {
      await stacks.get(stack)?.forge.post(this.#commitStatus(status));
    } catch (error) {
      const isFinal = hasCode(error, 'FORGE_STATUS_REFUSED');
      const message = messageOf(error);
      ledger.statusNotPosted(status, { message, isFinal });
      if (isFinal) log.error({ stack, sha, context, state, error: message }, 'the forge refused the status');
      else log.warn({ stack, sha, context, error: message }, 'status not posted yet');
      if (isFinal) this.#checks.plan(status);
      else this.#failed.set(id, true);
      return isFinal;
    }
    ledger.statusPosted(status, currentTime(this.#context));
    if (hasFailed) this.#checks.plan(status);
    return true;
  }

  async #check(check: StatusCheck): Promise<boolean> {
    try {
      await this.#checks.check(check);
      return true;
    } catch (error) {
      this.#context.log.warn({ ...check, error: messageOf(error) }, 'statuses not compared with the forge');
      return false;
    }
  }

  /** Returns a status as the forge gets it. */
  #commitStatus(status: StatusRecord): CommitStatus {
    const { stack, sha, context, state, outcome, description, url } = status;
    const target = this.#context.stacks.get(stack);
    const name = target === undefined ? context : postedContext(target, context);
    return { sha, context: name, state, outcome, description, url, detail: () => this.#detailOf(status) };
  }
}
