import * as z from 'zod';
import { JobArtifact } from './job-artifact.ts';
import { JobVariable } from './job-variable.ts';

const texts = z.array(z.string()).readonly();

/** No leading dash: these become arguments of git, where it would make them options. */
const Argument = z.string().regex(/^[^-\s]/, 'must not begin with a dash');

/** Where a job's sources come from. All is absent for a job without sources. */
const GitInfo = z.object({
  repo_url: Argument.optional(),
  ref: z.string().optional(),
  /** At least 8 digits: GitLab's runner cuts the first eight out. */
  sha: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/, 'must be 8 to 64 hexadecimal digits')
    .optional(),
  before_sha: z.string().optional(),
  ref_type: z.enum(['branch', 'tag']).optional(),
  refspecs: z.array(Argument).readonly().nullish(),
  /** Commits to fetch; 0 is all. */
  depth: z.number().int().min(0).nullish(),
  repo_object_format: z.string().optional(),
  protected: z.boolean().nullish(),
});

/** `script` is before_script and script together, for one shell; `after_script` has a shell of its own. */
const JobStep = z.object({
  name: z.string(),
  script: texts,
  /** Seconds; GitLab's runner ignores it. */
  timeout: z.number().int().nullish(),
  when: z.string().nullish(),
  allow_failure: z.boolean().nullish(),
});

export const JobImage = z.object({
  name: z.string(),
  entrypoint: texts.nullish(),
  command: texts.nullish(),
  alias: z.string().nullish(),
  variables: z
    .array(z.object({ key: z.string(), value: z.string(), raw: z.boolean().nullish() }))
    .readonly()
    .nullish(),
  pull_policy: texts.nullish(),
  executor_opts: z
    .object({ docker: z.object({ platform: z.string().nullish(), user: z.string().nullish() }).nullish() })
    .nullish(),
});
export type JobImage = z.infer<typeof JobImage>;

/** A finished job whose archive this one gets; `token` opens `GET /jobs/<id>/artifacts`. */
export const JobDependency = z.object({
  id: z.number().int().positive(),
  token: z.string(),
  name: z.string(),
  artifacts_file: z.object({ filename: z.string(), size: z.number().int().nullish() }).nullish(),
});
export type JobDependency = z.infer<typeof JobDependency>;

const JobInfo = z.object({
  name: z.string(),
  stage: z.string(),
  project_id: z.number().int(),
  project_name: z.string(),
  pipeline_id: z.number().int().nullish(),
});

const RunnerLimits = z.object({ timeout: z.number().int().nullish() });

const JobFeatures = z.object({
  trace_sections: z.boolean().nullish(),
  failure_reasons: texts.nullish(),
});

/** Files kept between jobs; a runner without a cache ignores it. */
export const JobCache = z.object({
  key: z.string(),
  untracked: z.boolean().nullish(),
  policy: z.string().nullish(),
  paths: listOf(z.string()),
  when: z.string().nullish(),
  fallback_keys: listOf(z.string()),
});
export type JobCache = z.infer<typeof JobCache>;

const JobHook = z.object({ name: z.string(), script: texts });

/** The 201 of `POST /api/v4/jobs/request`: all that a runner needs to know. Null stands for an empty list. */
export const JobResponse = z.object({
  id: z.number().int().positive(),
  token: z.string().min(1),
  allow_git_fetch: z.boolean().default(true),
  job_info: JobInfo,
  git_info: GitInfo,
  runner_info: RunnerLimits,
  variables: listOf(JobVariable),
  steps: listOf(JobStep),
  image: JobImage.nullish(),
  services: listOf(JobImage),
  artifacts: listOf(JobArtifact),
  cache: listOf(JobCache),
  hooks: listOf(JobHook),
  dependencies: listOf(JobDependency),
  features: JobFeatures.nullish(),
  /**
   * Slipway's own, for its embedded runner: whose code the job runs. No pipeline configuration can change it.
   */
  trust: z.enum(['untrusted', 'pull-request', 'protected']).nullish(),
});
export type JobResponse = z.infer<typeof JobResponse>;

function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .readonly()
    .nullish()
    .transform((list) => list ?? []);
}
