/** A variable as written; `raw` values are never expanded (`expand: false`). */
export interface Variable {
  readonly value: string;
  readonly raw: boolean;
}

export type Variables = Readonly<Record<string, Variable>>;

/** A job whose end, and perhaps artifacts, another job waits for. */
export interface Need {
  readonly job: string;
  readonly artifacts: boolean;
  readonly optional: boolean;
  /** Id of another pipeline of the family, variables not yet expanded; such a need makes nothing wait. */
  readonly pipeline?: string;
}

export interface Artifacts {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly name?: string;
  readonly untracked: boolean;
  readonly when: 'on_success' | 'on_failure' | 'always';
  /** Seconds; undefined means the server's default, 0 never. */
  readonly expireIn?: number;
  readonly reports: { readonly dotenv?: readonly string[]; readonly junit?: readonly string[] };
}

export interface Retry {
  /** 0 to 2. */
  readonly max: number;
  /** Failure reasons, or `always`. */
  readonly when: readonly string[];
  readonly exitCodes: readonly number[];
}

export interface Image {
  readonly name: string;
  readonly entrypoint?: readonly string[];
}

export interface Service extends Image {
  readonly alias?: string;
  readonly command?: readonly string[];
  readonly variables?: Variables;
}

/** Where a child pipeline's text comes from; variables not yet expanded. */
export type TriggerInclude = { readonly artifact: string; readonly job: string } | { readonly local: string };

export interface Trigger {
  readonly include: readonly TriggerInclude[];
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
  /** Global variables under the job's own under pipeline variables, not expanded. */
  readonly variables: Variables;
  /** Undefined: waits for all earlier stages. Empty: waits for nothing. Optional needs that were not added are left out. */
  readonly needs?: readonly Need[];
  /** Jobs whose artifacts are fetched; undefined: as `needs` say, or all of earlier stages. */
  readonly dependencies?: readonly string[];
  readonly artifacts?: Artifacts;
  readonly when: When;
  /** Seconds a delayed job waits. */
  readonly startIn?: number;
  readonly allowFailure: boolean | { readonly exitCodes: readonly number[] };
  readonly retry: Retry;
  /** Seconds. */
  readonly timeout?: number;
  readonly interruptible: boolean;
  /** Variables expanded. */
  readonly tags: readonly string[];
  readonly image?: Image;
  readonly services: readonly Service[];
  readonly resourceGroup?: string;
  /** Audiences of each identity token, by the variable that will hold it; variables not yet expanded. */
  readonly idTokens?: Readonly<Record<string, readonly string[]>>;
  readonly trigger?: Trigger;
}
