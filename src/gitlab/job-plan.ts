/** A variable as written; `raw` values are never expanded (`expand: false`). */
export interface Variable {
  readonly value: string;
  readonly raw: boolean;
}

export type Variables = Readonly<Record<string, Variable>>;

/** A job that another job waits for, perhaps with its artifacts. */
export interface Need {
  readonly job: string;
  readonly artifacts: boolean;
  readonly optional: boolean;
  /** Id of another pipeline of the family, variables not yet expanded; such a need makes nothing wait. */
  readonly pipeline?: string;
  /** Another project whose newest successful job of this name on `ref` is meant, variables not yet expanded. */
  readonly project?: string;
  readonly ref?: string;
}

/** Returns whether a need is of a job of another pipeline, for which nothing waits. */
export function isForeignNeed({ pipeline, project }: Need): boolean {
  return pipeline !== undefined || project !== undefined;
}

export interface Artifacts {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly name?: string;
  readonly untracked: boolean;
  readonly when: 'on_success' | 'on_failure' | 'always';
  /** Seconds; undefined means the server's default, 0 never. */
  readonly expireIn?: number;
  /** Text of the link to them. */
  readonly exposeAs?: string;
  /** Who may download them; absent: all who see the pipeline. */
  readonly access?: 'all' | 'developer' | 'maintainer' | 'none';
  readonly reports: { readonly dotenv?: readonly string[]; readonly junit?: readonly string[] };
}

/** Files kept from one pipeline to the next; a job must do without them as well. Variables not yet expanded. */
export interface Cache {
  /** For `key:files` already the digest of the files' contents. */
  readonly key: string;
  readonly fallbackKeys: readonly string[];
  readonly paths: readonly string[];
  readonly untracked: boolean;
  /** Shared between protected and other refs. */
  readonly unprotect: boolean;
  /** `pull`, `push` or `pull-push`, or a variable with one of them. */
  readonly policy: string;
  readonly when: 'on_success' | 'on_failure' | 'always';
}

export interface Retry {
  /** 0 to 2. */
  readonly max: number;
  /** Failure reasons, or `always`. */
  readonly when: readonly string[];
  readonly exitCodes: readonly number[];
}

export interface ContainerImage {
  readonly name: string;
  readonly entrypoint?: readonly string[];
  readonly pullPolicy?: readonly string[];
  /** Options of the Docker executor. */
  readonly docker?: { readonly platform?: string; readonly user?: string };
}

export interface Service extends ContainerImage {
  readonly alias?: string;
  readonly command?: readonly string[];
  readonly variables?: Variables;
}

/** The environment that a job deploys to; recorded, variables expanded in the name only. */
export interface DeploymentEnvironment {
  readonly name: string;
  readonly url?: string;
  readonly action: 'start' | 'prepare' | 'stop' | 'verify' | 'access';
  readonly onStop?: string;
  /** Seconds. */
  readonly autoStopIn?: number;
  readonly deploymentTier?: string;
}

/** Where a child pipeline's text comes from, and the values of its inputs; variables not yet expanded. */
export type TriggerInclude = (
  | { readonly artifact: string; readonly job: string }
  | { readonly local: string }
  | { readonly remote: string }
  | { readonly project: string; readonly file: string; readonly ref?: string }
  | { readonly template: string }
  | { readonly component: string }
) & { readonly inputs?: Readonly<Record<string, unknown>> };

/** The pipeline of another project that a job triggers; variables not yet expanded. */
export interface Downstream {
  readonly project: string;
  /** Default: the default branch of the project. */
  readonly branch?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

export interface Trigger {
  /** Empty where another project's pipeline is triggered. */
  readonly include: readonly TriggerInclude[];
  readonly downstream?: Downstream;
  /** `depend` and `mirror` tie the job's status to the child's; without one the job ends when the child is made. */
  readonly strategy?: 'depend' | 'mirror';
  readonly forward: { readonly yamlVariables: boolean; readonly pipelineVariables: boolean };
}

export type When = 'on_success' | 'on_failure' | 'always' | 'manual' | 'delayed';

/** One job as it will run: templates, defaults and rules are already applied. */
export interface JobPlan {
  readonly name: string;
  readonly stage: string;
  readonly kind: 'script' | 'trigger';
  /** `before_script` and `script`, one shell; empty for a trigger. */
  readonly script: readonly string[];
  readonly afterScript: readonly string[];
  /** Commands that run before the sources are fetched. */
  readonly preGetSources?: readonly string[];
  /** Global variables under the job's own under pipeline variables, not expanded. */
  readonly variables: Variables;
  /**
   * Of a trigger: the configuration's values of variables that the pipeline overrides, since pipeline variables are
   * forwarded only on request.
   */
  readonly overridden?: Variables;
  /**
   * Undefined: waits for all earlier stages. Empty: waits for nothing. Optional needs that were not added are left out.
   */
  readonly needs?: readonly Need[];
  /** Jobs whose artifacts are fetched; undefined: those of `needs`, or all of earlier stages. */
  readonly dependencies?: readonly string[];
  readonly artifacts?: Artifacts;
  readonly cache?: readonly Cache[];
  readonly when: When;
  /** Seconds a delayed job waits. */
  readonly startIn?: number;
  /** The question that a person must confirm before a manual job starts. */
  readonly manualConfirmation?: string;
  readonly allowFailure: boolean | { readonly exitCodes: readonly number[] };
  readonly retry: Retry;
  /** Seconds. */
  readonly timeout?: number;
  readonly interruptible: boolean;
  /** Variables expanded. */
  readonly tags: readonly string[];
  readonly image?: ContainerImage;
  readonly services: readonly Service[];
  readonly resourceGroup?: string;
  readonly environment?: DeploymentEnvironment;
  /** The pattern, `/…/`, that finds the coverage in the log. */
  readonly coverage?: string;
  /** Audiences of each identity token, by the variable of the token; variables not yet expanded. */
  readonly idTokens?: Readonly<Record<string, readonly string[]>>;
  readonly trigger?: Trigger;
}
