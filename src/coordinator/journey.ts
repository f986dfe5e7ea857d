import { FairTurns, grantResources, isFinal } from '../pipeline/index.ts';
import type { Effect, PipelineEvent } from '../pipeline/index.ts';
import { PassedTime, messageOf } from '../kit/index.ts';
import { isTip } from './arrival/asked-pipeline.ts';
import { startChild } from './jobs/child-pipeline.ts';
import { now } from './context.ts';
import type { CoordinatorContext, Stack } from './context.ts';
import type { PipelineRecord, PipelineSubject } from './ports.ts';
import { recordPreviews } from './images/preview.ts';
import { nextAttempt } from './images/publish-again.ts';
import { reconsiderPublications } from './images/actors.ts';
import { advancePublications, recordBranchPublications, recordTagPublications } from './images/publication.ts';
import type { PushedTag } from './images/publication.ts';
import { startPipeline } from './arrival/start-pipeline.ts';
import type { StartOptions } from './arrival/start-pipeline.ts';
import { supersededBy } from './arrival/supersede.ts';
import { StatusOutbox } from './status/status-outbox.ts';
import { reportPipeline, rootOf } from './status/status-report.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How long after a failure work on a pipeline is repeated; each further interval is twice as long. */
const REPEAT_MS = 5_000;
const LONGEST_REPEAT_MS = 15 * 60_000;
const SHORT_SHA = 8;

/**
 * Carries changes on their way: stores each event of a pipeline, then does what follows from it. What takes long (a
 * child pipeline's making, a status, an image) goes on in the background; `settle` waits for all of it. One instance
 * per server; calls may come in any order and as often as they like.
 */
export class Journey {
  readonly context: CoordinatorContext;
  /** Tells the forges what has been recorded. */
  readonly outbox: StatusOutbox;
  /** Whose turn it is among the stacks that have jobs for a runner. */
  readonly turns = new FairTurns();
  /** Since moments that were stored; it knows of every jump of the clock while the server runs. */
  readonly passed: PassedTime;
  readonly #tasks = new Set<Promise<void>>();
  readonly #publishing = new Map<string, Promise<void>>();
  readonly #offerListeners = new Set<() => void>();
  readonly #cancelListeners = new Set<(run: string) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** When publications that failed are tried again, by stack. */
  readonly #retries = new Map<string, NodeJS.Timeout>();
  readonly #startingChildren = new Set<string>();

  constructor(context: CoordinatorContext) {
    this.context = context;
    this.outbox = new StatusOutbox(context);
    this.passed = new PassedTime(context.clock);
  }

  /** Makes a pipeline and sets it going; undefined if the commit has nothing to make one of. */
  async begin(subject: PipelineSubject, options: StartOptions = {}): Promise<PipelineRecord | undefined> {
    const record = await startPipeline(this.context, subject, options);
    if (record !== undefined) await this.launch(record.id);
    return record;
  }

  /**
   * Names the commit for the jobs to fetch, ends what it makes needless, and starts the first jobs. If that fails, it is
   * repeated later. Safe to repeat after a crash.
   */
  launch(pipeline: string): Promise<void> {
    return this.#untilDone(pipeline, () => this.#launch(pipeline));
  }

  async #launch(pipeline: string): Promise<void> {
    const record = this.context.pipelines.record(pipeline);
    if (record === undefined) return;
    await this.context.stacks.get(record.stack)?.forge.keep(pipeline, record.sha);
    const reason = `superseded by ${record.head.slice(0, SHORT_SHA)}`;
    for (const { id, type } of supersededBy(this.context, record))
      this.dispatch(id, { type, reason, at: now(this.context) });
    this.dispatch(pipeline, { type: 'started', at: now(this.context) });
    this.report(pipeline);
  }

  /**
   * Stores an event, then carries out its effects. A pipeline that had ended is reported again if its status changes: it
   * runs again, or ends otherwise without running.
   */
  dispatch(pipeline: string, event: PipelineEvent): void {
    const { pipelines } = this.context;
    const before = pipelines.state(pipeline).status;
    const { state, effects } = pipelines.apply(pipeline, event, now(this.context));
    for (const effect of effects) this.perform(pipeline, effect);
    if (isFinal(before) && state.status !== before) this.report(pipeline);
  }

  perform(pipeline: string, effect: Effect): void {
    switch (effect.type) {
      case 'offer-job':
        for (const listener of this.#offerListeners) listener();
        return;
      case 'request-resource':
      case 'release-resource':
        return this.#grantResources(pipeline);
      case 'start-child':
        return this.#startChild(pipeline, effect);
      case 'cancel-child':
        return this.#cancel(
          effect.pipeline,
          this.context.pipelines.state(pipeline).cancelReason ?? 'its parent was canceled',
        );
      case 'job-settled':
        return this.#background(pipeline, async () => this.report(pipeline));
      case 'pipeline-finished':
        return this.#background(pipeline, () => this.finish(pipeline));
      case 'schedule-job':
        return this.#playAt(pipeline, effect);
      case 'cancel-job':
        return this.#tellCanceled(pipeline, effect.job);
    }
  }

  /** Does what follows when a pipeline has ended. If that fails, it is repeated later. Safe to repeat. */
  finish(pipeline: string): Promise<void> {
    return this.#untilDone(pipeline, () => this.#finish(pipeline));
  }

  async #finish(pipeline: string): Promise<void> {
    const record = this.context.pipelines.record(pipeline);
    const status = record?.status;
    if (record === undefined || status === undefined || !isFinal(status)) return;
    this.context.log.info({ pipeline, status }, 'pipeline finished');
    if (record.parent !== undefined) {
      const { pipeline: parent, job } = record.parent;
      if (this.context.pipelines.state(parent).jobs[job]?.child !== pipeline) return;
      return this.dispatch(parent, { type: 'child-finished', job, pipeline, status, at: now(this.context) });
    }
    this.report(pipeline);
    await this.#clearClosed(record);
    if (record.trust !== 'protected')
      return (await recordPreviews(this.context, record)) ? this.publish(record.stack) : undefined;
    const isOld = record.source === 'api' && !isTip(this.context, record);
    if (record.refType === 'branch' && record.status === 'success' && !isOld)
      await recordBranchPublications(this.context, record);
    await this.publish(record.stack);
  }

  /** Says at the commit where the pipeline's family stands. Safe to repeat. */
  report(pipeline: string): void {
    reportPipeline(this.context, pipeline);
    this.outbox.deliver(rootOf(this.context, pipeline).stack);
  }

  async publishTag(stack: Stack, pushed: PushedTag): Promise<void> {
    await recordTagPublications(this.context, stack, pushed);
    await this.publish(stack.configuration.name);
  }

  /** Decides again what was refused while nobody knew who had pushed, if somebody knows now. */
  async reconsider(stack: Stack): Promise<void> {
    if (await reconsiderPublications(this.context, stack)) await this.publish(stack.configuration.name);
  }

  /** Takes the stack's waiting publications as far as they go; one at a time for each stack. */
  publish(stack: string): Promise<void> {
    const next = (this.#publishing.get(stack) ?? Promise.resolve())
      .then(() => advancePublications(this, stack))
      .finally(() => this.outbox.deliver(stack))
      .then(() => this.#publishLater(stack));
    this.#publishing.set(
      stack,
      next.catch(() => {}),
    );
    return next;
  }

  /** The same, without anybody waiting for it but `settle`. */
  publishSoon(stack: string): void {
    this.#background(stack, () => this.publish(stack));
  }

  /** Cancels what still runs for a pull request. */
  cancelRequest(stack: string, request: string, reason: string): void {
    for (const record of this.context.pipelines.list({ stack, request })) {
      if (!isFinal(record.status)) this.#cancel(record.id, reason);
    }
  }

  /** Calls back whenever a job has become ready for a runner. Returns how to stop that. */
  onOffer(listener: () => void): () => void {
    this.#offerListeners.add(listener);
    return () => this.#offerListeners.delete(listener);
  }

  /**
   * Calls back with a job run's id when it is to be canceled while a runner has it. A runner that is not told so
   * learns it with its next request: the state says `canceling`. Returns how to stop that.
   */
  onCancel(listener: (run: string) => void): () => void {
    this.#cancelListeners.add(listener);
    return () => this.#cancelListeners.delete(listener);
  }

  /** Resolves when everything that was begun in the background has ended; delayed jobs wait for the next start. */
  async settle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
    await this.outbox.settle();
  }

  /** After a restart the same child may be asked for twice at once. */
  #startChild(pipeline: string, { job, attempt }: { job: string; attempt: number }): void {
    const child = `${pipeline} ${attempt} ${job}`;
    if (this.#startingChildren.has(child)) return;
    this.#startingChildren.add(child);
    this.#background(pipeline, () =>
      startChild(this, pipeline, { job, attempt }).finally(() => this.#startingChildren.delete(child)),
    );
  }

  /** Resource groups are the stack's, whatever pipeline a job is in. */
  #grantResources(pipeline: string): void {
    const stack = this.context.pipelines.record(pipeline)?.stack;
    const open = this.context.pipelines.active().filter((record) => record.stack === stack);
    for (const { pipeline: id, ...grant } of grantResources(
      open.map((record) => this.context.pipelines.state(record.id)),
    ))
      this.dispatch(id, { type: 'resource-granted', ...grant, at: now(this.context) });
  }

  #tellCanceled(pipeline: string, job: string): void {
    const run = this.context.pipelines.latestRun(pipeline, job);
    if (run === undefined) return;
    for (const listener of this.#cancelListeners) listener(run.id);
  }

  /** What a job pushed in the last moment before its request was closed does not stay either. */
  async #clearClosed({ stack, request }: PipelineRecord): Promise<void> {
    if (request === undefined || this.context.journey.request(stack, request)?.state === 'open') return;
    await this.context.stacks.get(stack)?.mirror.removeRequest(request);
  }

  #cancel(pipeline: string, reason: string): void {
    this.dispatch(pipeline, { type: 'cancel', reason, at: now(this.context) });
  }

  /** Publications that failed for a reason that may pass are taken up when the first of them is due. */
  #publishLater(stack: string): void {
    clearTimeout(this.#retries.get(stack));
    const due = nextAttempt(this.context, stack);
    if (due === undefined) return;
    const wait = Math.max(0, due - this.context.clock.now());
    const timer = setTimeout(() => this.publishSoon(stack), Math.min(wait, LONGEST_TIMER_MS));
    timer.unref();
    this.#retries.set(stack, timer);
  }

  #playAt(pipeline: string, { job, at }: { job: string; at: string }): void {
    const wait = Math.max(0, Date.parse(at) - this.context.clock.now());
    this.#later(pipeline, wait, async () => this.dispatch(pipeline, { type: 'play', job, at: now(this.context) }));
  }

  /** Performs work on a pipeline. If it fails, it is repeated in the background until it succeeds. */
  async #untilDone(pipeline: string, work: () => Promise<void>, wait: number = REPEAT_MS): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.context.log.warn({ pipeline, error: messageOf(error), wait }, 'work on a pipeline failed; it is repeated');
      this.#later(pipeline, wait, () => this.#untilDone(pipeline, work, Math.min(2 * wait, LONGEST_REPEAT_MS)));
    }
  }

  /** Performs work in the background after so many milliseconds. */
  #later(subject: string, milliseconds: number, work: () => Promise<void>): void {
    const step = Math.min(milliseconds, LONGEST_TIMER_MS);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (milliseconds > step) this.#later(subject, milliseconds - step, work);
      else this.#background(subject, work);
    }, step);
    timer.unref();
    this.#timers.add(timer);
  }

  #background(subject: string, work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) =>
        this.context.log.error(
          { subject, error: messageOf(error), stack: (error as Error).stack },
          'background work failed',
        ),
      )
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }
}
