import {
  HeldForks,
  endStuckJobs,
  sweepArtifacts,
  type CoordinatorContext,
  type JobReaper,
  type Coordinator,
} from '../../coordinator/index.ts';
import { messageOf } from '../../kit/index.ts';

const REAP_INTERVAL_MS = 30_000;
const SWEEP_INTERVAL_MS = 3600_000;

/**
 * Ends jobs whose runner is gone, or that no runner takes, and wakes stacks with events that wait for a quota, at an
 * interval. Returns a function that stops it. */
export function startReaping(
  coordinator: Coordinator,
  reaper: JobReaper,
  wake: (stack: string) => boolean,
): () => void {
  const timer = setInterval(() => {
    reaper.reap();
    endStuckJobs(coordinator);
    const { stacks, ledger } = coordinator.context;
    for (const stack of stacks.keys()) if (ledger.pendingEvents(stack).length > 0) wake(stack);
  }, REAP_INTERVAL_MS);
  return () => clearInterval(timer);
}

/**
 * Wakes stacks with held forks that a runner takes now, after each change of the runners; at an interval too, since other
 * processes change them. Returns a function that stops it.
 */
export function watchHeldForks(context: CoordinatorContext, wake: (stack: string) => boolean): () => void {
  const held = new HeldForks(context);
  const takeUp = () => {
    for (const stack of held.takeUp()) wake(stack);
  };
  takeUp();
  context.fleet.onChange(takeUp);
  const timer = setInterval(takeUp, REAP_INTERVAL_MS);
  return () => clearInterval(timer);
}

/**
 * Removes expired artifacts and unused layers, now and every hour. Returns a function that stops it and waits for a
 * running sweep.
 */
export function startSweeping(context: CoordinatorContext): () => Promise<void> {
  const { imageWorkBytes: bytes, imageWorkAge: age } = context.configuration.limits;
  const report = (message: string) => (error: unknown) => context.log.error({ error: messageOf(error) }, message);
  const sweep = async () => {
    context.audit.expire(context.configuration.audit.days);
    await sweepArtifacts(context).catch(report('expired artifacts cannot be removed'));
    await context.imageWork.sweep({ bytes, age }).catch(report('unused layers of images cannot be removed'));
  };
  let last = sweep();
  const timer = setInterval(() => (last = last.then(sweep)), SWEEP_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    await last;
  };
}
