import { Outbox, hasCode, messageOf, type Deliveries } from '../../kit/index.ts';
import { currentTime, type ForgeWork } from '../context.ts';
import type { Forge } from '../../forge/index.ts';
import type { UnpostedStatus } from '../ports.ts';

/** How long a forge that took no status is left alone, unless there is something new to report. */
const RETRY_MS = 60_000;
/** The time between the first two reports of progress on one commit; each further interval is twice as long. */
const PROGRESS_MS = 10_000;
const LONGEST_PROGRESS_MS = 15 * 60_000;
/** GitHub takes 1,000 statuses for a commit and context; the last hundred are kept for results. */
const MOST_PROGRESS = 900;

/** Recorded statuses, and the forges that they go to. */
interface Outgoing extends ForgeWork {
  readonly stacks: ReadonlyMap<string, { readonly forge: Pick<Forge, 'post'> }>;
}

/**
 * Posts recorded statuses to forges, those of a stack in their order: of each commit and context only the newest, and
 * none twice. What cannot be posted now is posted later, also after a restart. No failure here reaches a pipeline.
 */
export function createStatusOutbox(context: Outgoing): Outbox<UnpostedStatus> {
  const deliveries: Deliveries<UnpostedStatus> = {
    next: (stack) => nextOf(context, stack),
    deliver: async (status) => ((await post(context, status)) ? undefined : RETRY_MS),
    failed: (stack, error) => context.log.error({ stack, error: messageOf(error) }, 'statuses could not be read'),
  };
  return new Outbox(deliveries, context.clock);
}

function nextOf(context: Outgoing, stack: string): ReturnType<Deliveries<UnpostedStatus>['next']> {
  const waiting = context.ledger.unpostedStatuses(stack);
  const waits = waiting.map((status) => waitFor(context, status));
  const item = waiting[waits.findIndex((wait) => wait <= 0)];
  if (item !== undefined) return { item };
  return waits.length === 0 ? undefined : { wait: Math.min(...waits) };
}

/** Milliseconds until a status may be posted. A change of the state is due at once, progress only from time to time. */
function waitFor({ ledger, clock }: Outgoing, status: UnpostedStatus): number {
  if (status.state !== 'pending') return 0;
  const { posts, state, at = '' } = ledger.statusPosts(status);
  if (posts >= MOST_PROGRESS) return Number.POSITIVE_INFINITY;
  if (state !== 'pending') return 0;
  const interval = Math.min(LONGEST_PROGRESS_MS, PROGRESS_MS * 2 ** (posts - 1));
  return Date.parse(at) + interval - clock.now();
}

/** Returns false if it is to be tried again. */
async function post(context: Outgoing, status: UnpostedStatus): Promise<boolean> {
  const { id: _id, at: _at, detail: _detail, failure: _failure, stack, ...posted } = status;
  const { log, stacks, ledger } = context;
  try {
    await stacks.get(stack)?.forge.post(posted);
  } catch (error) {
    const isFinal = hasCode(error, 'FORGE_STATUS_REFUSED');
    const message = messageOf(error);
    ledger.statusNotPosted(status, { message, isFinal });
    const { sha, context: name, state } = status;
    if (isFinal) log.error({ stack, sha, context: name, state, error: message }, 'the forge refused the status');
    else log.warn({ stack, sha, context: name, error: message }, 'status not posted yet');
    return isFinal;
  }
  ledger.statusPosted(status, currentTime(context));
  return true;
}
