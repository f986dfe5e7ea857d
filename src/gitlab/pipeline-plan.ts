import type { Diagnostic } from '../kit/index.ts';
import type { JobPlan, Variables } from './job-plan.ts';
import type { PipelineLimits } from './limits.ts';

/** A pipeline's jobs, ready for the engine; plain JSON. */
export interface PipelinePlan {
  readonly name?: string;
  /** In order, `.pre` first and `.post` last; only those that have jobs. */
  readonly stages: readonly string[];
  /** Global variables, those of `workflow:rules` on top. */
  readonly variables: Variables;
  /** Names of the variables that were given to this very pipeline: they win over the project's, too. */
  readonly given?: readonly string[];
  /** `workflow:auto_cancel`; absent means `conservative` and `none`. */
  readonly autoCancel?: AutoCancel;
  /** By stage is not implied: in the order of the file. Names are unique. */
  readonly jobs: readonly JobPlan[];
}

/** https://docs.gitlab.com/ci/yaml/#workflowauto_cancel */
export interface AutoCancel {
  readonly onNewCommit: 'conservative' | 'interruptible' | 'none';
  readonly onJobFailure: 'all' | 'none';
}

/** What `rules` and `workflow` may look at. */
export interface PipelineContext {
  /** Predefined variables; anything that the configuration sets wins over them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the project or server, seen by rules only: they reach jobs when these are assigned, and are kept out of the plan. */
  readonly projectVariables?: Readonly<Record<string, string>>;
  /** Variables given to this very pipeline; they win over everything, and stand in every job of the plan. */
  readonly pipelineVariables?: Readonly<Record<string, string>>;
  /** `CI_PIPELINE_SOURCE`: push, merge_request_event, parent_pipeline, … */
  readonly source: string;
  readonly limits?: Partial<PipelineLimits>;
}

export interface ReadPipeline {
  /** Absent where there are errors, or where nothing is to run. */
  readonly plan?: PipelinePlan;
  /** Why a configuration without errors gives no pipeline. */
  readonly notCreated?: string;
  readonly diagnostics: readonly Diagnostic[];
}
