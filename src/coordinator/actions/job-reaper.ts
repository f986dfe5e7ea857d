import { overdueJobs } from '../../pipeline/index.ts';
import { steadyNow, type PassedTime } from '../../kit/index.ts';
import type { CoordinatorContext, Dispatcher } from '../context.ts';
import { isExternal } from '../identities/is-external.ts';

/** Seconds beyond a job's timeout in which its runner may report that itself. */
const GRACE = 300;

interface RunningJobs extends Dispatcher<
  Pick<CoordinatorContext, 'pipelines' | 'stacks' | 'clock' | 'log' | 'configuration'>
> {
  readonly passed: PassedTime;
}

/**
 * Ends what no runner will end: jobs that have run past their timeout, and jobs whose runner is no longer in contact.
 * Their own `retry` decides whether they are tried again. Silence is counted from this server's start at the earliest,
 * since no runner could reach it before.
 */
export class JobReaper {
  readonly #jobs: RunningJobs;
  readonly #contacts = new Map<string, number>();
  readonly #since: number;

  constructor(jobs: RunningJobs) {
    this.#jobs = jobs;
    this.#since = steadyNow(jobs.context.clock);
  }

  /** Records that the runner of a job run was in contact. */
  contacted(run: string): void {
    this.#contacts.set(run, steadyNow(this.#jobs.context.clock));
  }

  /** Looks at every job that a runner has. Cheap; call it every half minute or so. */
  reap(): void {
    const { pipelines, stacks, clock, log, configuration } = this.#jobs.context;
    const { passed } = this.#jobs;
    const milliseconds = passed.observe();
    if (milliseconds > 0)
      log.warn({ milliseconds }, 'the clock jumped forward; the difference does not count for time limits of jobs');
    const busy = pipelines.runsInStatus(['running', 'canceling']);
    const runs = new Map(busy.map((run) => [`${run.pipeline} ${run.name} ${run.attempt}`, run]));
    for (const id of new Set(busy.map(({ pipeline }) => pipeline))) {
      const record = pipelines.record(id);
      const stack = stacks.get(record?.stack ?? '');
      // Nothing is heard of jobs elsewhere while they run, and no one there learns that one was canceled.
      const isElsewhere = record !== undefined && isExternal(record);
      const events = overdueJobs(pipelines.state(id), {
        now: clock.now(),
        passedSince: (moment) => passed.since(moment),
        silentFor: ({ name, attempt, status }) => {
          if (isElsewhere) return status === 'canceling' ? undefined : 0;
          return this.#silentFor(runs.get(`${id} ${name} ${attempt}`)?.id);
        },
        defaultTimeout: stack?.configuration.jobTimeout ?? 3600,
        grace: GRACE,
        silence: isElsewhere ? 0 : configuration.limits.runnerSilence,
      });
      for (const event of events) {
        log.warn({ pipeline: id, ...event }, 'job ended by the server');
        this.#jobs.driver.dispatch(id, event);
      }
    }
    this.#forget(new Set(busy.map(({ id }) => id)));
  }

  #silentFor(run: string | undefined): number {
    const contact = this.#contacts.get(run ?? '') ?? this.#since;
    return steadyNow(this.#jobs.context.clock) - contact;
  }

  #forget(busy: ReadonlySet<string>): void {
    for (const run of this.#contacts.keys()) if (!busy.has(run)) this.#contacts.delete(run);
  }
}
