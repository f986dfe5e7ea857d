import * as z from 'zod';
import { GitInfo } from './git-info.ts';
import { JobArtifact } from './job-artifact.ts';
import { JobVariable } from './job-variable.ts';

/** `script` is before_script and script together, for one shell; `after_script` has a shell of its own. */
export const JobStep = z.object({
  name: z.string(),
  script: z.array(z.string()).readonly(),
  /** Seconds; GitLab's runner ignores it. */
  timeout: z.number().int().nullish(),
  when: z.string().nullish(),
  allow_failure: z.boolean().nullish(),
});
export type JobStep = z.infer<typeof JobStep>;

export const JobImage = z.object({
  name: z.string(),
  entrypoint: z.array(z.string()).readonly().nullish(),
  command: z.array(z.string()).readonly().nullish(),
  alias: z.string().nullish(),
  variables: z
    .array(z.object({ key: z.string(), value: z.string(), raw: z.boolean().nullish() }))
    .readonly()
    .nullish(),
  pull_policy: z.array(z.string()).readonly().nullish(),
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
  failure_reasons: z.array(z.string()).readonly().nullish(),
});

/** Files kept between jobs; a runner without a cache of its own passes over it. */
export const JobCache = z.object({
  key: z.string(),
  untracked: z.boolean().nullish(),
  policy: z.string().nullish(),
  paths: listOf(z.string()),
  when: z.string().nullish(),
  fallback_keys: listOf(z.string()),
});
export type JobCache = z.infer<typeof JobCache>;

const JobHook = z.object({ name: z.string(), script: z.array(z.string()).readonly() });

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
   * Slipway's own, for its embedded runner: whose code the job runs. Nothing that a pipeline's file says can change it.
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
