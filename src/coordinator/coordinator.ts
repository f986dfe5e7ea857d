import {
  FairTurns,
  PipelineDriver,
  isFinal,
  type DownstreamRequest,
  type PipelineListener,
  type PipelineRecord,
  type PipelineSubject,
  type SharedOutputRequest,
} from '../pipeline/index.ts';
import { PassedTime, Serial, formatDiagnostic, messageOf, systemTimer, type Outbox } from '../kit/index.ts';
import type { CoordinatorContext, Stack } from './context.ts';
import { isExternal } from './identities/is-external.ts';
import { recordPreviews } from './images/preview.ts';
import { nextRetryAt } from './images/publish-again.ts';
import { reconsiderPublications } from './images/actors.ts';
import {
  advancePublications,
  recordBranchPublications,
  recordTagPublications,
  type PushedTag,
} from './images/publication.ts';
import { failRun } from './jobs/damaged-runs.ts';
import { JobListeners } from './queue/job-listeners.ts';
import { LiveRuns } from './queue/live-runs.ts';
import { ReadyQueue } from './queue/ready-queue.ts';
import { sharedOutput } from './artifacts/shared-artifacts.ts';
import { Admission } from './resources/admission.ts';
import { stackSources } from './jobs/stack-sources.ts';
import { startDownstream } from './changes/start-downstream.ts';
import { startPipeline, type StartOptions } from './changes/start-pipeline.ts';
import { recordIncludes } from './changes/record-includes.ts';
import { supersededBy } from './changes/supersede.ts';
import { endMergedRequests, endRequest } from './promotion/end-request.ts';
import { Promoter } from './promotion/promoter.ts';
import { createCommentOutbox } from './comments/comment-outbox.ts';
import { commentSource } from './comments/comment-source.ts';
import { PacedReports } from './status/paced-reports.ts';
import { PostPace } from './status/post-pace.ts';
import { statusDetail } from './status/status-detail.ts';
import { createStatusOutbox } from './status/status-outbox.ts';
import { reportPipeline, rootOf } from './status/status-report.ts';
import { recordEnd } from './trends/record-end.ts';

const SHORT_SHA = 8;

/**
 * Creates pipelines for changes, and does what follows from them at the forge and the registry: statuses and images.
 * One instance per server; calls may come in any order and as often as they like.
 */
export class Coordinator {
  readonly context: CoordinatorContext;
  readonly driver: PipelineDriver;
  /** Runners that wait for jobs, or for the cancellation of one. */
  readonly jobs: JobListeners;
  /** Jobs that wait for a runner. */
  readonly ready: ReadyQueue;
  /** Jobs that runners have. */
  readonly live: LiveRuns;
  readonly admission: Admission;
  /** Posts recorded statuses, and comments about what has changed, to the forges. */
  readonly outbox: Pick<Outbox<unknown>, 'deliver' | 'settle'>;
  /** Promotes packages of pull requests. */
  readonly promoter: Promoter;
  /** Decides which stack's jobs are next. */
  readonly turns = new FairTurns();
  /** Measures time since stored moments, without the clock's jumps while the server runs. */
  readonly passed: PassedTime;
  /** Exchanges of ID tokens for one external pipeline, one after another. */
  readonly exchanges = new Serial();
  /** What happens to requests, one after another for a stack: an approval and a push at once start one pipeline. */
  readonly requestTurns = new Serial();
  readonly #publishing = new Serial();
  /** When publications that failed are tried again, by stack. */
  readonly #retries = new Map<string, () => void>();
  readonly #reports: PacedReports;

  constructor(context: CoordinatorContext) {
    const { pipelines: store, clock } = context;
    this.context = context;
    this.jobs = new JobListeners(store);
    this.ready = new ReadyQueue(context, (run, error) => failRun(this, run, messageOf(error)));
    this.live = new LiveRuns(context, () => this.#freed());
    this.admission = new Admission(context, this.live);
    const pace = new PostPace(clock);
    const statuses = createStatusOutbox(context, (status) => statusDetail(context, status), { pace });
    this.outbox = together([statuses, createCommentOutbox(context, commentSource(context), { pace })]);
    this.passed = new PassedTime(clock);
    const sources = stackSources(context, this.admission);
    const others = {
      createDownstream: (request: DownstreamRequest) => startDownstream({ context, sources }, request),
      sharedOutput: (request: SharedOutputRequest) => sharedOutput(context, request),
    };
    const ports = { store, sources, offers: this.jobs, clock, timer: systemTimer, ...others };
    this.driver = new PipelineDriver(ports, this.#listener());
    this.#reports = new PacedReports({
      report: (root) => this.report(root),
      background: (root, work) => this.driver.background(root, work),
    });
    this.promoter = new Promoter({
      context,
      background: (pipeline, work) => this.driver.background(pipeline, work),
      released: () => this.#freed(),
    });
  }

  /** Creates a pipeline and starts it; undefined if the commit has nothing to make one of. */
  async begin(subject: PipelineSubject, options: StartOptions = {}): Promise<PipelineRecord | undefined> {
    const record = await startPipeline({ context: this.context, sources: this.driver.ports.sources }, subject, options);
    if (record !== undefined) await this.driver.start(record.id);
    return record;
  }

  /** Records the status that the pipeline's family has reached, and posts it. Safe to repeat. */
  report(pipeline: string): void {
    reportPipeline(this.context, pipeline);
    this.outbox.deliver(rootOf(this.context, pipeline).stack);
  }

  async publishTag(stack: Stack, pushed: PushedTag): Promise<void> {
    await recordTagPublications(this.context, stack, pushed);
    await this.publish(stack.configuration.name);
  }

  /** Decides again what was refused because it was unknown who had pushed, if that is known now. */
  async reconsider(stack: Stack): Promise<void> {
    if (await reconsiderPublications(this.context, stack)) await this.publish(stack.configuration.name);
  }

  /** Advances the stack's waiting publications; one at a time for each stack. */
  publish(stack: string): Promise<void> {
    return this.#publishing.run(stack, async () => {
      try {
        await advancePublications(this.context, stack, (subject) => this.begin(subject));
      } finally {
        this.outbox.deliver(stack);
      }
      this.#publishLater(stack);
    });
  }

  /** The same in the background. */
  publishSoon(stack: string): void {
    this.driver.background(stack, () => this.publish(stack));
  }

  /** Cancels what still runs for a pull request; a merge queue's pipelines end when the request leaves it. */
  cancelRequest(stack: string, request: string, reason: string): void {
    for (const { id, status, refType } of this.context.pipelines.list({ stack, request }))
      if (!isFinal(status) && refType !== 'merge-queue') this.driver.cancel(id, reason);
  }

  /** Resolves when everything that was begun in the background has ended; delayed jobs wait for the next start. */
  async settle(): Promise<void> {
    await this.driver.work.idle();
    this.#reports.flush();
    await this.driver.settle();
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
    await this.outbox.settle();
  }

  /** Jobs that waited for something else than a runner may run now. */
  #freed(): void {
    this.ready.freed();
    this.jobs.offer();
  }

  #listener(): PipelineListener {
    const { log } = this.context;
    return {
      starting: (record) => {
        const reason = `superseded by ${record.head.slice(0, SHORT_SHA)}`;
        for (const { id, type } of supersededBy(this.context, record))
          this.driver.dispatch(id, { type, reason, at: this.driver.now });
        recordIncludes(this.context, record);
      },
      changed: (pipeline) =>
        this.driver.background(pipeline, async () => this.#reports.report(rootOf(this.context, pipeline).id)),
      finished: (record) => this.#finished(record),
      childRead: ({ id, stack }, diagnostics) => {
        for (const fault of diagnostics)
          log.warn({ pipeline: id, stack, warning: formatDiagnostic(fault) }, 'pipeline configuration');
      },
      repeating: (pipeline, { error, wait }) =>
        log.warn({ pipeline, error: messageOf(error), wait }, 'work on a pipeline failed and will be repeated'),
      failed: (subject, error) =>
        log.error({ subject, error: messageOf(error), stack: (error as Error).stack }, 'background work failed'),
    };
  }

  /** Does what follows when a topmost pipeline has ended. Safe to repeat. */
  async #finished(record: PipelineRecord): Promise<void> {
    const { id: pipeline, stack, status, trust, source, refType, ref, sha } = record;
    this.context.log.info({ pipeline, status }, 'pipeline finished');
    this.report(pipeline);
    this.driver.background(pipeline, () => recordEnd(this.context, record));
    await this.#clearClosed(record);
    if (trust !== 'protected') return (await recordPreviews(this.context, record)) ? this.publish(stack) : undefined;
    await endMergedRequests(this.context, stack);
    // A pipeline of an older commit moves no tag of an image.
    const isAsked = source === 'api' || isExternal(record);
    const isOld = isAsked && this.context.ledger.knownRefs(stack).get(`refs/heads/${ref}`) !== sha;
    if (refType === 'branch' && status === 'success' && !isOld) await recordBranchPublications(this.context, record);
    await this.publish(stack);
  }

  /** What a job pushed in the last moment before its request was closed does not stay either. */
  async #clearClosed({ stack, request }: PipelineRecord): Promise<void> {
    if (request === undefined || this.context.ledger.request(stack, request)?.state === 'open') return;
    await endRequest(this.context, { stack, number: request });
  }

  /** Publications that failed for a reason that may pass are taken up when the first of them is due. */
  #publishLater(stack: string): void {
    this.#retries.get(stack)?.();
    const due = nextRetryAt(this.context, stack);
    if (due === undefined) return;
    this.#retries.set(
      stack,
      systemTimer(due - this.context.clock.now(), () => this.publishSoon(stack)),
    );
  }
}

function together(outboxes: readonly Coordinator['outbox'][]): Coordinator['outbox'] {
  return {
    deliver: (stack) => {
      for (const outbox of outboxes) outbox.deliver(stack);
    },
    settle: async () => void (await Promise.all(outboxes.map((outbox) => outbox.settle()))),
  };
}
