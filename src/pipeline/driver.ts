import { PendingWork, messageOf, timestamp } from '../kit/index.ts';
import { createChild, createdChild, familySize } from './child-pipeline.ts';
import { describeJob, type AssignedJob } from './describe-job.ts';
import { createDownstream } from './downstream-pipeline.ts';
import { childRefusal } from './engine/child-refusal.ts';
import type { Effect } from './engine/effect.ts';
import type { PipelineEvent } from './engine/event.ts';
import { jobPlan } from './engine/job-graph.ts';
import { isFinal } from './engine/job-status.ts';
import { isStarted, outstandingEffects } from './engine/outstanding-effects.ts';
import { grantResources } from './engine/resource-queue.ts';
import { LaterWork } from './later-work.ts';
import type { DriverPorts, JobReference, PipelineListener } from './ports.ts';
import type { JobRun, PipelineRecord } from './pipeline-record.ts';

/**
 * Applies events to pipelines and carries out what follows: offers jobs, creates child pipelines, cancels, waits. What
 * takes long goes on in the background. One instance for all pipelines of a store; calls may come in any order and as
 * often as they like.
 */
export class PipelineDriver {
  readonly ports: DriverPorts;
  /** Work in the background, also that of the listener. Delayed jobs are not counted. */
  readonly work = new PendingWork();
  readonly #listener: PipelineListener;
  readonly #later: LaterWork;
  readonly #startingChildren = new Set<string>();

  constructor(ports: DriverPorts, listener: PipelineListener) {
    this.ports = ports;
    this.#listener = listener;
    this.#later = new LaterWork({
      timer: (wait, callback) => ports.timer(wait, callback),
      background: (pipeline, work) => this.background(pipeline, work),
      repeating: (pipeline, failure) => listener.repeating(pipeline, failure),
    });
  }

  get now(): string {
    return timestamp(this.ports.clock);
  }

  /** Starts a pipeline that was created. If that fails, it is repeated later. Safe to repeat after a crash. */
  start(pipeline: string): Promise<void> {
    return this.#later.untilDone({ pipeline, work: 'start' }, () => this.#start(pipeline));
  }

  async #start(pipeline: string): Promise<void> {
    const { store, sources } = this.ports;
    const record = store.record(pipeline);
    if (record === undefined) return;
    await sources.keep(record);
    this.#listener.starting(record);
    this.dispatch(pipeline, { type: 'started', at: this.now });
    this.#listener.changed(pipeline);
  }

  /** Stores an event, then carries out its effects. The pipelines above run again if a pipeline that had ended does. */
  dispatch(pipeline: string, event: PipelineEvent): void {
    const { store } = this.ports;
    const before = store.state(pipeline).status;
    if (event.type === 'play') this.#later.forget({ pipeline, work: `play ${event.job}` });
    for (const effect of store.apply(pipeline, event, this.now).effects) this.perform(pipeline, effect);
    const { status } = store.state(pipeline);
    if (!isFinal(before) || status === before) return;
    this.#listener.changed(pipeline);
    this.resumeParent(pipeline);
    if (isFinal(status)) this.background(pipeline, () => this.finish(pipeline));
  }

  cancel(pipeline: string, reason: string): void {
    this.dispatch(pipeline, { type: 'cancel', reason, at: this.now });
  }

  /**
   * Gives a job that was offered to a runner. Returns undefined if it cannot run because an artifact is missing: it has
   * failed then. The job may have been canceled when this returns.
   */
  async assign({ pipeline, job, attempt }: JobReference, runner: string): Promise<AssignedJob | undefined> {
    const ready = { job, attempt };
    this.dispatch(pipeline, { type: 'job-assigned', ...ready, runner, at: this.now });
    const run = this.ports.store.latestRun(pipeline, job);
    if (run?.attempt !== attempt || run.status !== 'running')
      throw new Error(`job ${job} of pipeline ${pipeline} was ready, and cannot be assigned`);
    const assigned = await this.describe(run);
    const { missing: message } = assigned;
    if (message === undefined) return assigned;
    const failure = { outcome: 'failed', failureReason: 'missing_dependency_failure', message } as const;
    this.dispatch(pipeline, { type: 'job-finished', ...ready, ...failure, at: this.now });
    return undefined;
  }

  /** Describes an attempt at a job, again for a runner that asks once more. */
  describe(run: JobRun): Promise<AssignedJob> {
    return describeJob(this.ports, run);
  }

  perform(pipeline: string, effect: Effect): void {
    const { offers } = this.ports;
    switch (effect.type) {
      case 'offer-job':
        return offers.offer({ pipeline, ...effect });
      case 'cancel-job':
        return offers.cancel({ pipeline, ...effect });
      case 'request-resource':
      case 'release-resource':
        return this.#grantResources(pipeline);
      case 'start-child':
        return this.#startChild({ pipeline, ...effect });
      case 'cancel-child':
        return this.cancel(effect.pipeline, this.ports.store.state(pipeline).cancelReason ?? 'its parent was canceled');
      case 'schedule-job':
        return this.#playAt({ pipeline, ...effect });
      case 'job-settled':
        this.#later.forget({ pipeline, work: `play ${effect.job}` });
        offers.withdraw({ pipeline, job: effect.job });
        return this.#listener.changed(pipeline);
      case 'pipeline-finished':
        return this.background(pipeline, () => this.finish(pipeline));
    }
  }

  /**
   * Reports the end of a pipeline to its parent, or to the listener. If that fails, it is repeated later. Safe to
   * repeat.
   */
  finish(pipeline: string): Promise<void> {
    return this.#later.untilDone({ pipeline, work: 'finish' }, () => this.#finish(pipeline));
  }

  async #finish(pipeline: string): Promise<void> {
    const { store } = this.ports;
    const record = store.record(pipeline);
    if (record === undefined || !isFinal(record.status)) return;
    if (record.parent === undefined) await this.#listener.finished(record);
    const above = record.parent ?? record.upstream;
    if (above === undefined) return;
    const { pipeline: parent, job } = above;
    if (store.state(parent).jobs[job]?.child !== pipeline) return;
    this.dispatch(parent, { type: 'child-finished', job, pipeline, status: record.status, at: this.now });
  }

  /** Continues with a pipeline after a restart: repeats what its state asks for. Safe to repeat. */
  async resume(pipeline: string): Promise<void> {
    const { store } = this.ports;
    if (!isStarted(store.state(pipeline))) await this.start(pipeline);
    const state = store.state(pipeline);
    for (const effect of outstandingEffects(state)) this.perform(pipeline, effect);
    this.#listener.changed(pipeline);
    for (const { child } of Object.values(state.jobs)) if (child !== undefined) await this.finish(child);
  }

  /** Does work that only `settle` waits for; the listener is notified if it fails. */
  background(subject: string, work: () => Promise<void>): void {
    this.work.add(work().catch((error: unknown) => this.#listener.failed(subject, error)));
  }

  /** Resolves when all background work has ended; delayed jobs wait for the next start. */
  async settle(): Promise<void> {
    await this.work.idle();
    this.#later.clear();
  }

  /** Resumes the parent of a pipeline that runs. Safe to repeat, and for any pipeline. */
  resumeParent(pipeline: string): void {
    const record = this.ports.store.record(pipeline);
    const above = record?.parent ?? record?.upstream;
    if (record === undefined || above === undefined || isFinal(record.status)) return;
    const { pipeline: parent, job } = above;
    this.dispatch(parent, { type: 'child-resumed', job, pipeline, at: this.now });
  }

  /** After a restart the same child may be asked for twice at once. */
  #startChild(trigger: JobReference): void {
    const { pipeline, job, attempt } = trigger;
    const key = `${pipeline} ${attempt} ${job}`;
    if (this.#startingChildren.has(key)) return;
    this.#startingChildren.add(key);
    this.background(pipeline, () => this.#createChild(trigger).finally(() => this.#startingChildren.delete(key)));
  }

  /**
   * Creates the child pipeline that a trigger job asks for, and starts it. Whatever is wrong with it fails the trigger
   * job (GitLab: `downstream_pipeline_creation_failed`). A child that is there already is used.
   */
  async #createChild({ pipeline, job, attempt }: JobReference): Promise<void> {
    const { store } = this.ports;
    const state = store.state(pipeline).jobs[job];
    if (state?.status !== 'pending' || state.attempt !== attempt) return;
    const created = createdChild(store, pipeline, job);
    const isDownstream = jobPlan(store.state(pipeline).plan, job)?.trigger?.downstream !== undefined;
    const refusal = created === undefined && !isDownstream ? childRefusal(familySize(store, pipeline)) : undefined;
    if (refusal !== undefined)
      return this.dispatch(pipeline, { type: 'child-failed', job, attempt, ...refusal, at: this.now });
    try {
      const onRead = (parent: PipelineRecord, diagnostics: Parameters<PipelineListener['childRead']>[1]) =>
        this.#listener.childRead(parent, diagnostics);
      const create = () =>
        isDownstream
          ? createDownstream(this.ports, pipeline, job)
          : createChild(this.ports, { pipeline, job, at: this.now }, onRead);
      const child = created ?? (await create());
      this.dispatch(pipeline, { type: 'child-created', job, attempt, pipeline: child, at: this.now });
      await this.start(child);
      // A child that was canceled before the trigger job had recorded it could not report its end.
      await this.finish(child);
    } catch (error) {
      this.dispatch(pipeline, { type: 'child-failed', job, attempt, message: messageOf(error), at: this.now });
    }
  }

  /** Resource groups belong to the stack, whatever pipeline a job is in. */
  #grantResources(pipeline: string): void {
    const { store } = this.ports;
    const stack = store.record(pipeline)?.stack;
    const open = store.active().filter((record) => record.stack === stack);
    for (const { pipeline: id, ...grant } of grantResources(open.map((record) => store.state(record.id))))
      this.dispatch(id, { type: 'resource-granted', ...grant, at: this.now });
  }

  #playAt({ pipeline, job, at }: { readonly pipeline: string; readonly job: string; readonly at: string }): void {
    const wait = Math.max(0, Date.parse(at) - this.ports.clock.now());
    const play = async () => this.dispatch(pipeline, { type: 'play', job, at: this.now });
    this.#later.after(wait, { pipeline, work: `play ${job}` }, play);
  }
}
