import { BoundedMap } from '../../kit/index.ts';
import type { ForgeWork } from '../context.ts';
import type { CommitStatus, Forge } from '../../forge/index.ts';
import type { StatusRecord } from './status-ledger.ts';

/** Time between two comparisons of all tips. */
const ROUND_MS = 3600_000;
/** The same after an outage, at least. */
const SHORT_ROUND_MS = 10 * 60_000;
/** What was just posted may not be listed yet, and what seemed lost may still be on its way. */
const DELAY_MS = 60_000;
/** How often the same status is posted again on one day: another program may write under the same name. */
const MOST_RESTORED = 3;
const DAY_MS = 24 * 3600_000;
const REMEMBERED = 2000;

/** A commit whose statuses are to be compared with what the forge shows. */
export interface StatusCheck {
  readonly stack: string;
  readonly sha: string;
}

interface Checked extends ForgeWork {
  readonly stacks: ReadonlyMap<string, { readonly forge: Pick<Forge, 'notShown'> }>;
}

/** What is planned for a stack, in milliseconds since 1970. */
interface Plan {
  readonly due: Map<string, number>;
  readonly lastRound: number;
  readonly nextRound: number;
}

/**
 * Compares statuses that were posted with what the forge shows: those of tips (open requests, branches) a minute after
 * the start, after an outage, and every hour; those of a commit a minute after its post failed. What is not shown is
 * marked to be posted again. Checks and posts of a stack must not overlap.
 */
export class StatusChecks {
  readonly #context: Checked;
  readonly #commitStatus: (status: StatusRecord) => CommitStatus;
  readonly #plans = new Map<string, Plan>();
  readonly #restored = new BoundedMap<string, number>(REMEMBERED);

  constructor(context: Checked, commitStatus: (status: StatusRecord) => CommitStatus) {
    this.#context = context;
    this.#commitStatus = commitStatus;
  }

  /** Plans the check of one commit. */
  plan({ stack, sha }: StatusCheck): void {
    this.#planOf(stack).due.set(sha, this.#context.clock.now() + DELAY_MS);
  }

  /** Plans the check of all tips, since an outage is over. */
  planRound(stack: string): void {
    const plan = this.#planOf(stack);
    const soon = Math.max(this.#context.clock.now() + DELAY_MS, plan.lastRound + SHORT_ROUND_MS);
    this.#plans.set(stack, { ...plan, nextRound: Math.min(plan.nextRound, soon) });
  }

  /** Returns the next check of a stack if it is due, or the milliseconds until it is. */
  next(stack: string): { readonly item: StatusCheck } | { readonly wait: number } | undefined {
    if (this.#context.stacks.get(stack)?.forge.notShown === undefined) return undefined;
    const now = this.#context.clock.now();
    if (this.#planOf(stack).nextRound <= now) this.#beginRound(stack, now);
    const { due, nextRound } = this.#planOf(stack);
    const [sha] = [...due].find(([, at]) => at <= now) ?? [];
    return sha === undefined ? { wait: Math.min(nextRound, ...due.values()) - now } : { item: { stack, sha } };
  }

  /** Compares the statuses of a commit. Throws if the forge does not answer; the check is then left to the next round. */
  async check({ stack, sha }: StatusCheck): Promise<void> {
    const { ledger, stacks } = this.#context;
    this.#planOf(stack).due.delete(sha);
    const recorded = ledger.newestStatuses(stack, sha);
    const statuses = new Map(recorded.map((status) => [this.#commitStatus(status), status]));
    const missing = recorded.length === 0 ? [] : await stacks.get(stack)?.forge.notShown?.([...statuses.keys()]);
    for (const one of missing ?? []) this.#restore(statuses.get(one) as (typeof recorded)[number]);
  }

  #restore(status: ReturnType<ForgeWork['ledger']['newestStatuses']>[number]): void {
    const { ledger, log, clock } = this.#context;
    const { id, stack, sha, context, state } = status;
    const key = `${id} ${Math.floor(clock.now() / DAY_MS)}`;
    const count = (this.#restored.get(key) ?? 0) + 1;
    this.#restored.set(key, count);
    if (count > MOST_RESTORED) return log.warn({ stack, sha, context }, 'the forge keeps showing another status');
    ledger.statusMissing(status);
    log.info({ stack, sha, context, state }, 'the forge does not show the status; it is posted again');
  }

  #beginRound(stack: string, now: number): void {
    const { due } = this.#planOf(stack);
    for (const sha of this.#context.ledger.tipsWithStatuses(stack)) due.set(sha, now);
    this.#plans.set(stack, { due, lastRound: now, nextRound: now + ROUND_MS });
  }

  #planOf(stack: string): Plan {
    const now = this.#context.clock.now();
    const known = this.#plans.get(stack);
    if (known !== undefined) return known;
    const plan = { due: new Map(), lastRound: now - SHORT_ROUND_MS, nextRound: now + DELAY_MS };
    this.#plans.set(stack, plan);
    return plan;
  }
}
