import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { compositeStatus, seenStatus, type SeenStatus } from './composite-status.ts';
import type { Effect } from './effect.ts';
import { jobGraph, type JobGraph } from './job-graph.ts';
import { holdsResource, isFinal, type PipelineStatus } from './job-status.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';
import { Tally } from './tally.ts';

/** Tallies of known states, a cache: any can be recomputed. */
const tallies = new WeakMap<PipelineState['jobs'], Tally>();

/** A state being changed: jobs are replaced one by one, and counted as they are. */
export class Draft {
  readonly graph: JobGraph;
  /** Jobs changed since the last look, whose dependents may be ready now. */
  readonly changed = new Set<string>();
  cancelReason: string | undefined;
  readonly #from: PipelineState;
  readonly #tally: Tally;
  #jobs: Record<string, JobState> | undefined;
  #status: PipelineStatus;
  #effects: Effect[] = [];
  readonly #onChange: ((job: JobState) => void) | undefined;

  constructor(from: PipelineState, onChange?: (job: JobState) => void) {
    this.#from = from;
    this.#onChange = onChange;
    this.#status = from.status;
    this.graph = jobGraph(from.plan);
    this.cancelReason = from.cancelReason;
    this.#tally = tallies.get(from.jobs)?.copy() ?? countJobs(from, this.graph);
  }

  get id(): string {
    return this.#from.id;
  }

  get pipeline(): PipelinePlan {
    return this.#from.plan;
  }

  /** As they are now: the same object changes with later events. */
  get jobs(): PipelineState['jobs'] {
    return this.#jobs ?? this.#from.jobs;
  }

  get names(): Iterable<string> {
    return this.graph.plans.keys();
  }

  /** The pipeline's status when the effects were last taken. */
  get status(): PipelineStatus {
    return this.#status;
  }

  get autoCancel(): PipelinePlan['autoCancel'] {
    return this.#from.plan.autoCancel;
  }

  job(name: string): JobState | undefined {
    const { jobs } = this;
    return Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  }

  plan(name: string): JobPlan {
    return this.graph.plans.get(name) as JobPlan;
  }

  seen(name: string): SeenStatus {
    return seenAs(this.plan(name), this.job(name) as JobState);
  }

  seenBefore(stage: number): ReadonlySet<SeenStatus> {
    return this.#tally.before(stage);
  }

  seenIn(stage: number): Iterable<SeenStatus> {
    return this.#tally.in(stage);
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  put(next: JobState): void {
    const { name, status } = next;
    const stage = this.graph.stageOf.get(name) ?? 0;
    const before = this.job(name) as JobState;
    this.#tally.add(stage, this.seen(name), -1);
    this.#jobs ??= copyJobs(this.#from.jobs);
    this.#jobs[name] = next;
    this.#tally.add(stage, this.seen(name), 1);
    this.changed.add(name);
    const group = this.plan(name).resourceGroup;
    if (group !== undefined && holdsResource(before.status) && !holdsResource(status))
      this.emit({ type: 'release-resource', job: name, attempt: before.attempt, group });
    if (isFinal(status)) this.emit({ type: 'job-settled', job: name, status });
    this.#onChange?.(next);
  }

  /** Rolls the pipeline's status up, and hands over what has been asked for since the last time. */
  takeEffects(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    const status = compositeStatus(this.#tally.before());
    if (isFinal(status) && !isFinal(this.#status)) effects.push({ type: 'pipeline-finished', status });
    this.#status = status;
    return effects;
  }

  /** The state that came of it; the very one it began with if nothing changed. */
  finish(): { readonly state: PipelineState; readonly effects: readonly Effect[] } {
    if (this.#jobs === undefined && this.cancelReason === this.#from.cancelReason)
      return { state: this.#from, effects: this.#effects };
    const effects = this.takeEffects();
    const state = this.#stateOf(this.#jobs ?? this.#from.jobs);
    tallies.set(state.jobs, this.#tally);
    return { state, effects };
  }

  #stateOf(jobs: PipelineState['jobs']): PipelineState {
    const { cancelReason: _, ...from } = this.#from;
    const reason = this.cancelReason === undefined ? {} : { cancelReason: this.cancelReason };
    return { ...from, jobs, status: this.#status, ...reason };
  }
}

/** Whether an end in failure counts as a success with warnings; exit codes decide where `allow_failure` lists them. */
export function isFailureAllowed({ allowFailure }: JobPlan, job: Pick<JobState, 'status' | 'exitCode'>): boolean {
  if (typeof allowFailure === 'boolean') return allowFailure;
  return job.status === 'failed' && job.exitCode !== undefined && allowFailure.exitCodes.includes(job.exitCode);
}

function seenAs(plan: JobPlan, job: JobState): SeenStatus {
  return seenStatus(job.status, isFailureAllowed(plan, job));
}

/** Six times faster than a spread for thousands of keys. */
function copyJobs(jobs: PipelineState['jobs']): Record<string, JobState> {
  const copy = Object.create(null) as Record<string, JobState>;
  for (const name of Object.keys(jobs)) copy[name] = jobs[name] as JobState;
  return copy;
}

function countJobs(state: PipelineState, graph: JobGraph): Tally {
  const tally = new Tally(state.plan.stages.length);
  for (const [name, plan] of graph.plans)
    tally.add(graph.stageOf.get(name) ?? 0, seenAs(plan, state.jobs[name] as JobState), 1);
  return tally;
}
