import { Outbox, hasCode, messageOf, type Deliveries } from '../../kit/index.ts';
import { currentTime, type ForgeWork } from '../context.ts';
import type { Forge, StatusDetail } from '../../forge/index.ts';
import type { StatusRecord, UnpostedStatus } from '../ports.ts';
import { postedContext, type NamedStack } from './posted-context.ts';

/** How long a forge that took no status is left alone, unless there is something new to report. */
const RETRY_MS = 60_000;
/** The time between the first two reports of progress on one commit; each further interval is twice as long. */
const PROGRESS_MS = 10_000;
const LONGEST_PROGRESS_MS = 15 * 60_000;
/** GitHub takes 1,000 statuses for a commit and context; the last hundred are kept for results. */
const MOST_PROGRESS = 900;

/** Recorded statuses, and the forges that they go to. */
interface Outgoing extends ForgeWork {
  readonly stacks: ReadonlyMap<string, NamedStack & { readonly forge: Pick<Forge, 'post'> }>;
}

type DetailOf = (status: StatusRecord) => Promise<StatusDetail>;

/**
 * Posts recorded statuses to forges, those of a stack in their order: of each commit and context only the newest, and
 * none twice. What cannot be posted now is posted later, also after a restart. No failure here reaches a pipeline. What
 * checks show besides is computed when it is posted, and not stored.
 */
export function createStatusOutbox(context: Outgoing, detailOf: DetailOf): Outbox<UnpostedStatus> {
  const deliveries: Deliveries<UnpostedStatus> = {
    next: (stack) => nextOf(context, stack),
    deliver: async (status) => ((await post(context, status, detailOf)) ? undefined : RETRY_MS),
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
  const { posts, state, outcome, at = '' } = ledger.statusPosts(status);
  if (posts >= MOST_PROGRESS) return Number.POSITIVE_INFINITY;
  if (state !== 'pending' || outcome !== status.outcome) return 0;
  const interval = Math.min(LONGEST_PROGRESS_MS, PROGRESS_MS * 2 ** (posts - 1));
  return Date.parse(at) + interval - clock.now();
}

/** Returns false if it is to be tried again. */
async function post(context: Outgoing, status: UnpostedStatus, detailOf: DetailOf): Promise<boolean> {
  const { stack, sha, state, outcome, description, url } = status;
  const { log, stacks, ledger } = context;
  const target = stacks.get(stack);
  try {
    const name = target === undefined ? status.context : postedContext(target, status.context);
    const posted = { sha, context: name, state, outcome, description, url };
    await target?.forge.post({ ...posted, detail: () => detailOf(status) });
  } catch (error) {
    const isFinal = hasCode(error, 'FORGE_STATUS_REFUSED');
    const message = messageOf(error);
    ledger.statusNotPosted(status, { message, isFinal });
    const named = { stack, sha, context: status.context, error: message };
    if (isFinal) log.error({ ...named, state }, 'the forge refused the status');
    else log.warn(named, 'status not posted yet');
    return isFinal;
  }
  ledger.statusPosted(status, currentTime(context));
  return true;
}
