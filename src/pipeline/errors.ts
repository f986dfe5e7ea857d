import { defineErrors } from '../kit/index.ts';

export const pipelineError = defineErrors({
  ENGINE_PIPELINE_INVALID: {
    message: 'Pipeline `{pipeline}` cannot run: {reason}.',
    hint: 'Report this as a bug of Slipway, with the pipeline.',
    status: 500,
  },
  PIPELINE_NOT_CREATED: {
    message: 'No pipeline was created for commit `{sha}` of `{stack}`: {reason}.',
    hint: 'Fix the file that the message names, and push again.',
  },
  PIPELINE_CHILD_MISSING: {
    message: 'Job `{job}` includes `{file}`, which {reason}.',
    hint: 'Check `trigger:include`, and `artifacts:paths` of the job that creates the file.',
  },
  PIPELINE_DOWNSTREAM_MISSING: {
    message: 'Job `{job}` triggers the pipeline of `{project}`, which is not on this machine.',
    hint: 'Run the pipeline on a server that has both stacks, or leave the job out.',
  },
  PIPELINE_PROJECT_MISSING: {
    message: 'Artifacts of job `{job}` of `{project}` are needed, which is not on this machine.',
    hint: 'Run the pipeline on a server that has both stacks, or leave the job out.',
  },
  PIPELINE_SHARED_JOB_MISSING: {
    message: 'Job `{job}` of `{project}` has never succeeded on `{ref}`.',
    hint: 'Check the name and the ref in `needs`, and run a pipeline of that project first.',
  },
});
