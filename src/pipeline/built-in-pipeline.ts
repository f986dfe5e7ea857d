export const builtInPipelineFile = '<built-in pipeline>';

/**
 * Returns the pipeline of a stack that has no `.gitlab-ci.yml`: turn the environment into jobs, then run them. On a
 * protected ref it runs to its end whatever comes after it, since a tag may want its packages. `environment` is the
 * folder of `spack.yaml`, a path without characters that a shell or YAML would read as its own.
 */
export const builtInPipeline = (environment = '.'): string => `workflow:
  rules:
    - if: $CI_COMMIT_REF_PROTECTED == "true"
      auto_cancel: { on_new_commit: none }
    - when: always

stages: [generate, build]

generate:
  stage: generate
  script:
    - slipway generate --env ${environment} --artifacts-root jobs_scratch_dir --output jobs_scratch_dir/pipeline.yml
  artifacts:
    when: always
    paths: [jobs_scratch_dir]
  retry:
    max: 2
    when: [runner_system_failure, stuck_or_timeout_failure]
  interruptible: true

build:
  stage: build
  needs: [generate]
  trigger:
    include:
      - artifact: jobs_scratch_dir/pipeline.yml
        job: generate
    strategy: depend
`;
