import {
  isFinal,
  type JobRun,
  type PipelineEvent,
  type PipelineRecord,
  type PipelineState,
} from '../../../src/pipeline/index.ts';
import type { CoordinatorContext, PipelineLedger } from '../../../src/coordinator/index.ts';
import type { CommitStatus } from '../../../src/forge/index.ts';
import { finalStatus, statusAtForge } from './final-status.ts';

/** Faults that the driver catches and logs. While the server lives there must be none. */
const FAULTS = ['background work failed', 'statuses could not be read', 'pipeline could not be resumed'];

/** What was asked for from outside: pushed commits, and retries of people by pipeline and job. */
interface Requested {
  readonly heads: readonly string[];
  readonly retries: ReadonlyMap<string, number>;
}

/** Watches a simulation: keeps its trace, and every violation of what must hold at any time. */
export class Checks {
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  /** Work with real files, which the simulated clock waits for. */
  readonly files = new Set<Promise<unknown>>();
  /** The outcome of each job run by the server's last answer to its runner. */
  readonly #acknowledged = new Map<string, string>();
  /** What runners reported of each job run. */
  readonly #reported = new Map<string, Set<string>>();
  readonly #succeeded = new Set<string>();
  /** Final statuses that a commit's pipelines have had, as the forge names them. */
  readonly #finals = new Map<string, Set<string>>();
  /** The status of each commit that the forge was given last. */
  readonly #posted = new Map<string, string>();

  note(text: string): void {
    this.trace.push(`${new Date().toISOString().slice(11, 23)} ${text}`);
  }

  violated(text: string): void {
    this.note(`VIOLATED: ${text}`);
    this.violations.push(text);
  }

  io<Result>(work: Promise<Result>): Promise<Result> {
    const settled: Promise<unknown> = work.catch(() => {}).finally(() => this.files.delete(settled));
    this.files.add(settled);
    return work;
  }

  logged(line: string): void {
    const { msg } = JSON.parse(line) as { msg: string };
    if (FAULTS.includes(msg)) this.violated(`the server logged: ${line.trim()}`);
  }

  reported(run: number, state: string): void {
    const known = this.#reported.get(String(run)) ?? new Set();
    this.#reported.set(String(run), known.add(state));
  }

  /** The server has accepted the outcome of a job run. */
  acknowledged(run: JobRun): void {
    if (!isFinal(run.status)) this.violated(`job ${run.id} was accepted as ended, and is stored as ${run.status}`);
    this.#acknowledged.set(run.id, run.status);
  }

  posted({ sha, context, state, description }: CommitStatus): void {
    this.note(`forge: ${sha.slice(0, 8)} ${context} ${state}: ${description}`);
    if (context !== 'slipway') return;
    this.#posted.set(sha, state);
    if (state !== 'pending' && this.#finals.get(sha)?.has(state) !== true)
      this.violated(`${state} was posted for ${sha.slice(0, 8)} before its pipeline came to that`);
  }

  /** A new process has opened the store. */
  restarted({ pipelines }: CoordinatorContext): void {
    this.note('the server starts');
    for (const record of pipelines.list({})) this.#remember(record);
    this.#checkAcknowledged(pipelines);
  }

  /** The same ledger; each event that is applied is checked. */
  watch(ledger: PipelineLedger): PipelineLedger {
    const apply: PipelineLedger['apply'] = (pipeline, event, at) => {
      const { cancelReason, jobs } = ledger.state(pipeline);
      const before = Object.values(jobs);
      const result = ledger.apply(pipeline, event, at);
      const state = ledger.state(pipeline);
      const isChanged = Object.values(state.jobs).some((job, index) => job !== before[index]);
      if (!isChanged && state.cancelReason === cancelReason) return result;
      this.note(`pipeline ${pipeline} ${describe(event)}: ${state.status}`);
      for (const effect of result.effects)
        if (effect.type === 'job-settled' && effect.status === 'success') this.#settled(state, effect.job);
      if (isFinal(state.status)) this.#remember(ledger.record(pipeline));
      this.#checkStatus(ledger, state);
      return result;
    };
    return { ...ledger, apply };
  }

  /** Checks what must hold when everything has ended. */
  ended({ pipelines, ledger }: CoordinatorContext, { heads, retries }: Requested): void {
    this.#checkAcknowledged(pipelines);
    const records = pipelines.list({});
    for (const head of heads) {
      const own = records.filter((record) => record.head === head && record.parent === undefined);
      if (own.length !== 1) this.violated(`commit ${head.slice(0, 8)} has ${own.length} pipelines`);
      const expected = own[0] === undefined ? undefined : statusAtForge(own[0].status);
      const posted = this.#posted.get(head);
      if (posted !== expected) this.violated(`pipeline ${own[0]?.id} is ${expected}, and the forge has ${posted}`);
    }
    for (const { id } of records) {
      this.#checkStatus(pipelines, pipelines.state(id));
      this.#checkRuns(pipelines, id, retries);
    }
    if (ledger.pendingEvents('lab').length > 0) this.violated('an event of the forge was not answered');
  }

  #settled({ id, jobs, plan }: PipelineState, job: string): void {
    if (plan.jobs.find(({ name }) => name === job)?.kind !== 'script') return;
    const attempt = `job ${job} of pipeline ${id}, attempt ${jobs[job]?.attempt}`;
    if (this.#succeeded.has(attempt)) this.violated(`${attempt} succeeded twice`);
    this.#succeeded.add(attempt);
  }

  #remember(record: PipelineRecord | undefined): void {
    if (record === undefined || record.parent !== undefined || !isFinal(record.status)) return;
    const known = this.#finals.get(record.head) ?? new Set();
    this.#finals.set(record.head, known.add(statusAtForge(record.status)));
  }

  #checkAcknowledged(pipelines: PipelineLedger): void {
    for (const [id, status] of this.#acknowledged) {
      const stored = pipelines.run(id)?.status;
      if (stored !== status) this.violated(`job ${id} was ${status} when its runner was answered, and is ${stored}`);
    }
  }

  #checkStatus(pipelines: PipelineLedger, state: PipelineState): void {
    const expected = finalStatus(state);
    const status = isFinal(state.status) ? state.status : undefined;
    if (status !== expected) this.violated(`pipeline ${state.id} is ${state.status}; by its jobs it is ${expected}`);
    for (const { name, trigger } of state.plan.jobs) {
      const job = state.jobs[name];
      if (trigger?.strategy === undefined || job?.child === undefined || !isFinal(job.status)) continue;
      const child = pipelines.record(job.child)?.status;
      const wanted = trigger.strategy === 'depend' && child === 'skipped' ? 'failed' : child;
      if (job.status !== wanted)
        this.violated(`job ${name} of pipeline ${state.id} is ${job.status}; its pipeline ${job.child} is ${child}`);
    }
  }

  /** A job succeeds once, and once more each time that a person retries it. */
  #checkRuns(pipelines: PipelineLedger, pipeline: string, retries: Requested['retries']): void {
    const { plan, jobs } = pipelines.state(pipeline);
    for (const { name, kind } of plan.jobs) {
      const runs = pipelines.runs(pipeline).filter((run) => run.name === name);
      const children = pipelines.children(pipeline).filter(({ parent }) => parent?.job === name);
      if (children.length > runs.length)
        this.violated(`job ${name} of ${pipeline} ran ${runs.length} times and has ${children.length} pipelines`);
      if (kind !== 'script') continue;
      const successes = runs.filter(({ status }) => status === 'success');
      const allowed = 1 + (retries.get(`${pipeline} ${name}`) ?? 0);
      if (successes.length > allowed) this.violated(`job ${name} of ${pipeline} succeeded ${successes.length} times`);
      for (const { id } of successes)
        if (this.#reported.get(id)?.has('success') !== true) this.violated(`no runner reported success of job ${id}`);
      const last = runs.at(-1);
      if (last !== undefined && last.status !== jobs[name]?.status)
        this.violated(`job ${name} of ${pipeline} is ${jobs[name]?.status}; its last run is ${last.status}`);
    }
  }
}

function describe(event: PipelineEvent): string {
  const { at: _, type, ...rest } = event;
  return [
    type,
    ...Object.values(rest).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
  ].join(' ');
}
