export const builtInPipelineFile = '<built-in pipeline>';

const PARTS = 'jobs_scratch_dir/lock_parts';

const restarts = `retry:
    max: 2
    when: [runner_system_failure, stuck_or_timeout_failure]
  interruptible: true`;

interface BuiltInOptions {
  /** Folder of `spack.yaml`, a path without characters that a shell or YAML would read as its own. */
  readonly environment?: string | undefined;
  /** How many jobs share the locking of the environment. */
  readonly lockJobs?: number;
}

/**
 * Returns the pipeline of a stack that has no `.gitlab-ci.yml`: turn the environment into jobs, then run them. On a
 * protected ref it runs to its end whatever comes after it, since a tag may want its packages.
 */
export function builtInPipeline({ environment = '.', lockJobs = 1 }: BuiltInOptions = {}): string {
  const isShared = lockJobs > 1;
  return `workflow:
  rules:
    - if: $CI_COMMIT_REF_PROTECTED == "true"
      auto_cancel: { on_new_commit: none }
    - when: always

stages: [${isShared ? 'lock, ' : ''}generate, build]
${isShared ? lockJob(environment, lockJobs) : ''}
generate:
  stage: generate
  script:
    - slipway generate --env ${environment}${isShared ? ` --lock-parts ${PARTS}` : ''} --artifacts-root jobs_scratch_dir --output jobs_scratch_dir/pipeline.yml
  artifacts:
    when: always
    paths: [jobs_scratch_dir]
  ${restarts}

build:
  stage: build
  needs: [generate]
  trigger:
    include:
      - artifact: jobs_scratch_dir/pipeline.yml
        job: generate
    strategy: depend
`;
}

const lockJob = (environment: string, jobs: number) => `
lock:
  stage: lock
  parallel: ${jobs}
  script:
    - slipway lock --env ${environment} --output ${PARTS}
  artifacts:
    paths: [${PARTS}]
  ${restarts}
`;
