import {
  MemoryStore,
  PipelineDriver,
  createPipeline,
  jobResponse,
  remainingPath,
  type JobReference,
  type JobState,
  type PipelineFacts,
  type PipelineSubject,
} from '../pipeline/index.ts';
import type { PipelinePlan } from '../gitlab/index.ts';
import type { ReadInclude } from '../includes/index.ts';
import { OrderedQueue, type Clock, type Timer } from '../kit/index.ts';
import type { JobOutcome, LocalRunner } from '../executor/index.ts';
import { JobNotes } from './job-notes.ts';
import { LocalPipeline } from './local-pipeline.ts';
import { LocalSources } from './local-sources.ts';
import type { RunReporter } from './run-reporter.ts';

interface LocalRunOptions {
  readonly runner: Pick<LocalRunner, 'run' | 'filesOf'>;
  readonly reporter: RunReporter;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Jobs at once. */
  readonly concurrency: number;
  readonly workingCopy: string;
  /** Whether jobs that name an image run in it. */
  readonly hasContainers: boolean;
  readonly facts: PipelineFacts;
  /** Reads texts from outside of the repository. */
  readonly fetchInclude: ReadInclude;
  /** Manual and delayed jobs that start as soon as they may: their names, or their paths. */
  readonly played: ReadonlySet<string>;
}

/** A job that waits for its turn. */
interface ReadyJob {
  readonly key: string;
  /** How many jobs must follow each other until all that waits for it is done. */
  readonly path: number;
  start(): void;
}

/** Runs a pipeline and its children to their end, all in memory. `run` once; `cancel` at any time. */
export class LocalRun {
  readonly #options: LocalRunOptions;
  readonly #store: MemoryStore;
  readonly #sources: LocalSources;
  readonly #driver: PipelineDriver;
  readonly #queue = new OrderedQueue<ReadyJob>((one, other) => other.path - one.path);
  readonly #queued = new Map<string, ReadyJob>();
  readonly #notes = new JobNotes();
  readonly #pipelines = new Map<string, LocalPipeline>();
  readonly #paths = new WeakMap<PipelinePlan, ReadonlyMap<string, number>>();
  readonly #running = new Map<string, AbortController>();
  #isStarting = false;
  #reject: (error: unknown) => void = () => {};

  constructor(options: LocalRunOptions) {
    const { clock, reporter } = options;
    this.#options = options;
    this.#store = new MemoryStore((pipeline, job) => this.#changed(this.#pipeline(pipeline), job));
    this.#sources = new LocalSources(options);
    const offers = {
      offer: (job: JobReference) => this.#offer(job),
      withdraw: (job: Pick<JobReference, 'pipeline' | 'job'>) => this.#withdraw(keyOf(job)),
      cancel: (job: JobReference) => this.#running.get(keyOf(job))?.abort(),
    };
    const timer: Timer = (milliseconds, callback) => this.#timer(milliseconds, callback);
    this.#driver = new PipelineDriver(
      { store: this.#store, sources: this.#sources, offers, clock, timer },
      {
        starting: () => {},
        changed: () => {},
        finished: async () => {},
        childRead: (_, diagnostics) => diagnostics.forEach((one) => reporter.warn(one)),
        repeating: (_, { error }) => this.#reject(error),
        failed: (_, error) => this.#reject(error),
      },
    );
  }

  /** Resolves when nothing is left that could go on by itself; jobs that wait for a person may be left. */
  async run(subject: PipelineSubject, plan: PipelinePlan): Promise<LocalPipeline> {
    const { id } = this.#store.create(subject, { at: this.#driver.now, state: (name) => createPipeline(name, plan) });
    const failure = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    await Promise.race([this.#driver.start(id).then(() => this.#driver.work.idle()), failure]);
    return this.#pipeline(id);
  }

  cancel(reason: string): void {
    const [root] = this.#store.active();
    if (root !== undefined) this.#driver.cancel(root.id, reason);
  }

  #pipeline(id: string): LocalPipeline {
    const known = this.#pipelines.get(id) ?? new LocalPipeline(this.#store, id);
    this.#pipelines.set(id, known);
    return known;
  }

  #changed(pipeline: LocalPipeline, job: JobState): void {
    const { name, status, message } = job;
    const { played, reporter } = this.#options;
    const isOpen = status === 'manual' || status === 'scheduled';
    if (isOpen && (played.has(name) || played.has(pipeline.pathOf(name)))) this.#playSoon(pipeline.id, name);
    if (status === 'failed' && message !== undefined)
      reporter.output(pipeline, name, Buffer.from(`ERROR: ${message}\n`));
    reporter.jobChanged(pipeline, job);
  }

  /** Not before the present event has been applied. */
  #playSoon(pipeline: string, job: string): void {
    this.#driver.background(pipeline, async () => {
      await Promise.resolve();
      this.#driver.dispatch(pipeline, { type: 'play', job, at: this.#driver.now });
    });
  }

  #offer(job: JobReference): void {
    const path = this.#pathsOf(this.#pipeline(job.pipeline).plan).get(job.job) ?? 0;
    const ready = { key: keyOf(job), path, start: () => this.#start(job) };
    this.#queued.set(ready.key, ready);
    this.#queue.add(ready);
    this.#startSoon();
  }

  #withdraw(key: string): void {
    const queued = this.#queued.get(key);
    if (queued !== undefined) this.#queue.delete(queued);
    this.#queued.delete(key);
  }

  #pathsOf(plan: PipelinePlan): ReadonlyMap<string, number> {
    const known = this.#paths.get(plan) ?? remainingPath(plan, () => 1);
    this.#paths.set(plan, known);
    return known;
  }

  /** Starts jobs when all that became ready together is in the queue. */
  #startSoon(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    this.#driver.background('queue', async () => {
      await Promise.resolve();
      this.#isStarting = false;
      while (this.#running.size < this.#options.concurrency) {
        const next = this.#queue.first();
        if (next === undefined) return;
        this.#withdraw(next.key);
        next.start();
      }
    });
  }

  #start(job: JobReference): void {
    const controller = new AbortController();
    this.#running.set(keyOf(job), controller);
    this.#driver.background(job.pipeline, async () => {
      await this.#runJob(job, controller.signal);
      this.#running.delete(keyOf(job));
      this.#startSoon();
    });
  }

  async #runJob({ pipeline: id, job: name, attempt }: JobReference, signal: AbortSignal): Promise<void> {
    const { runner, reporter, hasContainers } = this.#options;
    const assigned = await this.#driver.assign({ pipeline: id, job: name, attempt }, 'here');
    if (assigned === undefined) return;
    const pipeline = this.#pipeline(id);
    const onOutput = (bytes: Buffer) => reporter.output(pipeline, name, bytes);
    const job = jobResponse(assigned, { token: '', allowGitFetch: true, gitInfo: {} });
    for (const note of this.#notes.for(assigned, hasContainers && job.image ? { services: [] } : job))
      onOutput(Buffer.from(`${note}\n`));
    const { outcome, dotenv } = await runner.run(job, { signal, onOutput });
    const { run, plan } = assigned;
    this.#sources.keepDotenv(run, dotenv);
    const archive = plan.artifacts === undefined ? {} : { archive: {} };
    this.#store.setOutput({ run, ...archive, hasDotenv: Object.keys(dotenv).length > 0, isExpired: false });
    const at = this.#driver.now;
    this.#driver.dispatch(id, { type: 'job-finished', job: name, attempt, ...finishOf(outcome), at });
  }

  /** A delayed job keeps the run going. */
  #timer(milliseconds: number, callback: () => void): () => void {
    let over = (): void => {};
    this.#driver.work.add(new Promise<void>((resolve) => (over = resolve)));
    const cancel = this.#options.timer(milliseconds, () => {
      callback();
      over();
    });
    return () => {
      cancel();
      over();
    };
  }
}

function keyOf({ pipeline, job }: Pick<JobReference, 'pipeline' | 'job'>): string {
  return `${pipeline}/${job}`;
}

function finishOf(outcome: JobOutcome) {
  if (outcome.state === 'success') return { outcome: 'success', exitCode: 0 } as const;
  if (outcome.reason === 'job_canceled') return { outcome: 'canceled' } as const;
  const { reason, exitCode } = outcome;
  return { outcome: 'failed', failureReason: reason, exitCode } as const;
}
