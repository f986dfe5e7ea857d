import { childRefusal, grantResources, isFinal } from '../../pipeline/index.ts';
import type { Effect, JobState, PipelineEvent } from '../../pipeline/index.ts';
import type { PipelinePlan, PipelineText } from '../../gitlab/index.ts';
import { messageOf, timestamp } from '../../kit/index.ts';
import type { Clock, Timer } from '../../kit/index.ts';
import type { JobOutcome, LocalRunner } from '../../executor/index.ts';
import { assembleJob, triggerVariables } from './assemble-job.ts';
import { childText } from './child-text.ts';
import { forwardedVariables } from './forwarded-variables.ts';
import { JobNotes } from './job-notes.ts';
import { LocalPipeline } from './local-pipeline.ts';
import { LocalTokens } from './local-tokens.ts';
import { pipelineVariables } from './predefined-variables.ts';
import type { TextVariables } from './predefined-variables.ts';
import { ReadyQueue } from './ready-queue.ts';
import type { RunReporter } from './run-reporter.ts';

export interface LocalRunOptions {
  readonly runner: Pick<LocalRunner, 'run' | 'filesOf'>;
  readonly reporter: RunReporter;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Jobs at once. */
  readonly concurrency: number;
  readonly workingCopy: string;
  /** Predefined variables that are the same for all pipelines of the run. */
  readonly predefined: TextVariables;
  /** Variables as a project has them, seen by every job of every pipeline; their values are masked. */
  readonly secrets: TextVariables;
  /** Manual and delayed jobs that start as soon as they may: their names, or their paths. */
  readonly played: ReadonlySet<string>;
  /** Reads the configuration of a child pipeline; throws with all its faults. */
  readonly readChild: (texts: readonly PipelineText[], variables: ChildVariables) => PipelinePlan;
}

export interface ChildVariables {
  readonly predefined: TextVariables;
  readonly given: TextVariables;
}

/**
 * Runs a pipeline and its children to their end, all in memory: the engine says what is to be done, this does it. `run` once;
 * `cancel` at any time.
 */
export class LocalRun {
  readonly #options: LocalRunOptions;
  readonly #queue = new ReadyQueue();
  readonly #notes = new JobNotes();
  readonly #tokens: LocalTokens;
  readonly #pipelines = new Map<string, LocalPipeline>();
  readonly #controllers = new Map<string, AbortController>();
  readonly #timers = new Map<string, () => void>();
  readonly #toPlay: { readonly pipeline: LocalPipeline; readonly job: string }[] = [];
  #jobs = 0;
  #openChildren = 0;
  #isResourceAsked = false;
  #isWorking = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(options: LocalRunOptions) {
    this.#options = options;
    this.#tokens = new LocalTokens(options.clock);
  }

  /** Resolves when nothing is left that could go on by itself; jobs that wait for a person may be left. */
  async run(plan: PipelinePlan, given: TextVariables): Promise<LocalPipeline> {
    const root = this.#create(plan, { given });
    await new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#dispatch(root, { type: 'started', at: this.#now });
    });
    return root;
  }

  cancel(reason: string): void {
    const [root] = this.#pipelines.values();
    if (root !== undefined) this.#dispatch(root, { type: 'cancel', reason, at: this.#now });
  }

  get #now(): string {
    return timestamp(this.#options.clock);
  }

  #create(
    plan: PipelinePlan,
    { given, parent }: { given: TextVariables; parent?: LocalPipeline['parent'] },
  ): LocalPipeline {
    const id = String(this.#pipelines.size + 1);
    const own = pipelineVariables(id, { parent: parent?.pipeline.id, name: plan.name, createdAt: this.#now });
    const source = parent === undefined ? 'push' : 'parent_pipeline';
    const pipeline = new LocalPipeline({
      id,
      plan,
      given,
      secrets: this.#options.secrets,
      predefined: { ...this.#options.predefined, ...own, CI_PIPELINE_SOURCE: source },
      ...(parent === undefined ? {} : { parent }),
      onChange: (owner, job) => this.#changed(owner, job),
    });
    this.#pipelines.set(id, pipeline);
    return pipeline;
  }

  #changed(pipeline: LocalPipeline, job: JobState): void {
    const { name, status } = job;
    if (status === 'manual' || status === 'scheduled') {
      const { played } = this.#options;
      if (played.has(name) || played.has(pipeline.pathOf(name))) this.#toPlay.push({ pipeline, job: name });
    }
    this.#options.reporter.jobChanged(pipeline, job);
  }

  #dispatch(pipeline: LocalPipeline, event: PipelineEvent): void {
    try {
      for (const effect of pipeline.machine.apply(event)) this.#perform(pipeline, effect);
      this.#work();
    } catch (error) {
      this.#reject(error);
    }
  }

  #perform(pipeline: LocalPipeline, effect: Effect): void {
    switch (effect.type) {
      case 'offer-job':
        return this.#offer(pipeline, effect);
      case 'start-child':
        return void this.#startChild(pipeline, effect);
      case 'cancel-job':
        return this.#controllers.get(keyOf(pipeline, effect.job))?.abort();
      case 'cancel-child':
        return this.#cancelChild(pipeline, effect.pipeline);
      case 'request-resource':
      case 'release-resource':
        this.#isResourceAsked = true;
        return;
      case 'schedule-job':
        return this.#schedule(pipeline, effect);
      case 'job-settled':
        return this.#forget(keyOf(pipeline, effect.job));
      case 'pipeline-finished': {
        const { parent } = pipeline;
        if (parent === undefined) return;
        return this.#dispatch(parent.pipeline, {
          type: 'child-finished',
          job: parent.job,
          pipeline: pipeline.id,
          status: effect.status,
          at: this.#now,
        });
      }
    }
  }

  /** Does what can be done now; not within itself, since what it does has effects of its own. */
  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      while (this.#playNext() || this.#grantResources() || this.#startNext());
    } finally {
      this.#isWorking = false;
    }
    const isIdle = this.#controllers.size + this.#queue.size + this.#timers.size + this.#openChildren === 0;
    if (isIdle) this.#resolve();
  }

  #playNext(): boolean {
    const next = this.#toPlay.shift();
    if (next === undefined) return false;
    this.#forget(keyOf(next.pipeline, next.job));
    this.#dispatch(next.pipeline, { type: 'play', job: next.job, at: this.#now });
    return true;
  }

  #grantResources(): boolean {
    if (!this.#isResourceAsked) return false;
    this.#isResourceAsked = false;
    const open = [...this.#pipelines.values()].filter(({ machine }) => !isFinal(machine.status));
    for (const { pipeline, ...grant } of grantResources(open.map(({ machine }) => machine)))
      this.#dispatch(this.#pipelines.get(pipeline) as LocalPipeline, {
        type: 'resource-granted',
        ...grant,
        at: this.#now,
      });
    return true;
  }

  #startNext(): boolean {
    if (this.#controllers.size >= this.#options.concurrency) return false;
    const next = this.#queue.next();
    next?.start();
    return next !== undefined;
  }

  #offer(pipeline: LocalPipeline, { job, attempt }: { job: string; attempt: number }): void {
    const start = () => this.#start(pipeline, job, attempt);
    this.#queue.add({ key: keyOf(pipeline, job), path: pipeline.paths.get(job) ?? 0, start });
  }

  #start(pipeline: LocalPipeline, name: string, attempt: number): void {
    const id = String((this.#jobs += 1));
    const plan = pipeline.planOf(name);
    const attemptAt = { id, startedAt: this.#now, tokens: this.#tokens };
    const { missing, job } = assembleJob(pipeline, plan, attemptAt);
    const onOutput = (bytes: Buffer) => this.#options.reporter.output(pipeline, name, bytes);
    const say = (line: string) => onOutput(Buffer.from(`${line}\n`));
    if (missing !== undefined) {
      say(`ERROR: Job \`${missing}\` of another pipeline, which is needed, has not succeeded`);
      const failure = { outcome: 'failed', failureReason: 'missing_dependency_failure' } as const;
      return this.#dispatch(pipeline, { type: 'job-finished', job: name, attempt, ...failure, at: this.#now });
    }
    const key = keyOf(pipeline, name);
    const controller = new AbortController();
    this.#controllers.set(key, controller);
    this.#dispatch(pipeline, { type: 'job-assigned', job: name, attempt, runner: 'here', at: this.#now });
    for (const note of this.#notes.for(plan, { ...pipeline.given, ...pipeline.secrets })) say(note);
    this.#options.runner.run(job, { signal: controller.signal, onOutput }).then(
      ({ outcome, dotenv }) => {
        this.#controllers.delete(key);
        if (plan.artifacts !== undefined) pipeline.archives.set(name, id);
        if (Object.keys(dotenv).length > 0) pipeline.dotenv.set(name, dotenv);
        else pipeline.dotenv.delete(name);
        this.#dispatch(pipeline, { type: 'job-finished', job: name, attempt, ...finishOf(outcome), at: this.#now });
      },
      (error: unknown) => this.#reject(error),
    );
  }

  async #startChild(pipeline: LocalPipeline, { job, attempt }: { job: string; attempt: number }): Promise<void> {
    this.#openChildren += 1;
    const refuse = (message: string, reason?: string) => {
      this.#options.reporter.output(pipeline, job, Buffer.from(`ERROR: ${message}\n`));
      const why = reason === undefined ? {} : { reason };
      this.#dispatch(pipeline, { type: 'child-failed', job, attempt, message, ...why, at: this.#now });
    };
    try {
      const refusal = childRefusal({ depth: pipeline.depth, pipelines: this.#pipelines.size });
      if (refusal !== undefined) return refuse(refusal.message, refusal.reason);
      const child = await this.#createChild(pipeline, job);
      this.#dispatch(pipeline, { type: 'child-created', job, attempt, pipeline: child.id, at: this.#now });
      this.#dispatch(child, { type: 'started', at: this.#now });
    } catch (error) {
      refuse(messageOf(error));
    } finally {
      // Not before the child has its first jobs: without them, and without it, the run would look idle.
      this.#openChildren -= 1;
      this.#work();
    }
  }

  async #createChild(pipeline: LocalPipeline, job: string): Promise<LocalPipeline> {
    const plan = pipeline.planOf(job);
    const variables = triggerVariables(pipeline, plan);
    const { runner, workingCopy, readChild } = this.#options;
    const texts = await Promise.all(
      (plan.trigger?.include ?? []).map((include) =>
        childText(include, { pipeline, job, variables, runner, workingCopy }),
      ),
    );
    const given = forwardedVariables(pipeline, job, variables);
    const childPlan = readChild(texts, {
      given,
      predefined: { ...pipeline.predefined, CI_PIPELINE_SOURCE: 'parent_pipeline', PARENT_PIPELINE_ID: pipeline.id },
    });
    const child = this.#create(childPlan, { given, parent: { pipeline, job } });
    pipeline.children.set(job, child);
    return child;
  }

  #cancelChild(pipeline: LocalPipeline, id: string): void {
    const child = this.#pipelines.get(id);
    const reason = pipeline.machine.cancelReason ?? 'its parent was canceled';
    if (child !== undefined) this.#dispatch(child, { type: 'cancel', reason, at: this.#now });
  }

  #schedule(pipeline: LocalPipeline, { job, at }: { job: string; at: string }): void {
    const key = keyOf(pipeline, job);
    const play = () => {
      this.#timers.delete(key);
      this.#dispatch(pipeline, { type: 'play', job, at: this.#now });
    };
    this.#timers.set(key, this.#options.timer(Date.parse(at) - this.#options.clock.now(), play));
  }

  /** A job that has ended, perhaps without having begun, or that is played waits for no time and no place. */
  #forget(key: string): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    this.#queue.remove(key);
  }
}

function keyOf(pipeline: LocalPipeline, job: string): string {
  return `${pipeline.id}/${job}`;
}

function finishOf(outcome: JobOutcome) {
  if (outcome.state === 'success') return { outcome: 'success', exitCode: 0 } as const;
  if (outcome.reason === 'job_canceled') return { outcome: 'canceled' } as const;
  const { reason, exitCode } = outcome;
  return { outcome: 'failed', failureReason: reason, exitCode } as const;
}
