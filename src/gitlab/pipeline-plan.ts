import type { Diagnostic } from '../kit/index.ts';
import type { FetchedInclude, ForeignInclude } from './include/include-entry.ts';
import type { JobPlan, Variables } from './job-plan.ts';
import type { PipelineLimits } from './limits.ts';

/**
 * What a new commit does to the ref's running pipelines, and a job's failure to the rest of its pipeline.
 * https://docs.gitlab.com/ci/yaml/#workflowauto_cancel
 */
export interface AutoCancel {
  readonly onNewCommit: 'conservative' | 'interruptible' | 'none';
  readonly onJobFailure: 'all' | 'none';
}

/** A text from outside of the repository that a pipeline was read from. */
export interface PlannedInclude {
  readonly kind: ForeignInclude['kind'];
  /** As the configuration names it, variables expanded. */
  readonly source: string;
  /** What that was when it was fetched: a URL, or a commit and a path. */
  readonly resolved: string;
  /** Digest of the text, in hexadecimal. */
  readonly sha256: string;
}

/** A pipeline's jobs, ready for the engine; plain JSON. */
export interface PipelinePlan {
  readonly name?: string;
  /** In order, `.pre` first and `.post` last; only those that have jobs. */
  readonly stages: readonly string[];
  /** Global variables, those of `workflow:rules` on top. */
  readonly variables: Variables;
  /** Names of the variables of this very pipeline, which also win over the project's. */
  readonly explicitVariables?: readonly string[];
  /** `workflow:auto_cancel`; absent means `conservative` and `none`. */
  readonly autoCancel?: AutoCancel;
  /** In the order of the file, not sorted by stage. Names are unique. */
  readonly jobs: readonly JobPlan[];
  /** Texts from outside of the repository; absent if there are none. */
  readonly includes?: readonly PlannedInclude[];
}

/** Everything that a configuration can depend on. Each port is called only when it is needed, once a question. */
export interface PipelineContext {
  /** Predefined variables; anything that the configuration sets wins over them. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * Variables of the project or server, for rules only: jobs get them when they are assigned, and the plan has none of
   * them.
   */
  readonly projectVariables?: Readonly<Record<string, string>>;
  /** Variables of this very pipeline; they win over everything, and every job of the plan has them. */
  readonly pipelineVariables?: Readonly<Record<string, string>>;
  /** Values for the `spec:inputs` of the file. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** `CI_PIPELINE_SOURCE`: push, merge_request_event, parent_pipeline, … */
  readonly source: string;
  readonly limits?: Partial<PipelineLimits>;
  /**
   * Text of a file at the pipeline's commit, by its path from the root; undefined if there is none. Without this port
   * `include:local` is refused.
   */
  readonly readFile?: (path: string) => string | undefined;
  /** Paths of all files at the pipeline's commit. Without this port `exists` counts as true, with a warning. */
  readonly listFiles?: () => readonly string[];
  /**
   * Paths that differ from `compareTo` (a ref, a SHA, `HEAD~1`), or from what the ref was before; undefined where there
   * is nothing to compare with: then `changes` holds, or, with a `compareTo` it is a fault. Without this port it
   * counts as true, with a warning.
   */
  readonly changedPaths?: (compareTo?: string) => readonly string[] | undefined;
  /**
   * Text from outside of the repository, as far as policy allows; undefined if there is none. Without this port such
   * includes are refused.
   */
  readonly fetchInclude?: (include: ForeignInclude) => FetchedInclude | undefined;
}

/** One text of a configuration. */
export interface PipelineText {
  readonly text: string;
  /** The name that diagnostics carry. */
  readonly file: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

export interface ReadPipeline {
  /** Absent where there are errors, or where nothing is to run. */
  readonly plan?: PipelinePlan;
  /** Why a configuration without errors gives no pipeline. */
  readonly notCreated?: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts from outside of the repository that were read, also for a plan that has faults. */
  readonly includes: readonly PlannedInclude[];
}
