import { PipelineMachine, createPipeline, isFailureAllowed, remainingPath } from '../../pipeline/index.ts';
import type { JobState } from '../../pipeline/index.ts';
import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import type { TextVariables } from './predefined-variables.ts';

export interface PipelineOrigin {
  readonly id: string;
  readonly plan: PipelinePlan;
  /** Variables that were given to it and win over all others. */
  readonly given: TextVariables;
  /** Variables as a project has them, whose values no log may show. */
  readonly secrets: TextVariables;
  /** Predefined variables, those of its own number included. */
  readonly predefined: TextVariables;
  readonly parent?: { readonly pipeline: LocalPipeline; readonly job: string };
  readonly onChange: (pipeline: LocalPipeline, job: JobState) => void;
}

/** A pipeline in memory with what its jobs have left so far. */
export class LocalPipeline {
  readonly id: string;
  readonly plan: PipelinePlan;
  readonly machine: PipelineMachine;
  readonly given: TextVariables;
  readonly secrets: TextVariables;
  readonly predefined: TextVariables;
  readonly parent: PipelineOrigin['parent'];
  readonly plans: ReadonlyMap<string, JobPlan>;
  readonly paths: ReadonlyMap<string, number>;
  /** Newest child by the name of its trigger job. */
  readonly children = new Map<string, LocalPipeline>();
  /** Ids of the newest finished attempts that left an archive, and what the dotenv reports said, by job name. */
  readonly archives = new Map<string, string>();
  readonly dotenv = new Map<string, TextVariables>();

  constructor(origin: PipelineOrigin) {
    this.id = origin.id;
    this.plan = origin.plan;
    this.given = origin.given;
    this.secrets = origin.secrets;
    this.predefined = origin.predefined;
    this.parent = origin.parent;
    this.plans = new Map(origin.plan.jobs.map((job) => [job.name, job]));
    this.paths = remainingPath(origin.plan, () => 1);
    this.machine = new PipelineMachine(createPipeline(origin.id, origin.plan), (job) => origin.onChange(this, job));
  }

  /** 0 for the pipeline that was asked for. */
  get depth(): number {
    return this.parent === undefined ? 0 : this.parent.pipeline.depth + 1;
  }

  planOf(job: string): JobPlan {
    return this.plans.get(job) as JobPlan;
  }

  /** What a job is called in events and at the beginning of its lines: the names on the way to it. */
  pathOf(job: string): string {
    return this.parent === undefined ? job : `${this.parent.pipeline.pathOf(this.parent.job)} / ${job}`;
  }

  /** This pipeline or one above it. */
  ancestor(id: string): LocalPipeline | undefined {
    return this.id === id ? this : this.parent?.pipeline.ancestor(id);
  }

  isFailureAllowed(job: JobState): boolean {
    return isFailureAllowed(this.planOf(job.name), job);
  }
}
