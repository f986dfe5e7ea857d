import { defineErrors } from '../kit/index.ts';

export const pipelineError = defineErrors({
  ENGINE_PIPELINE_INVALID: {
    message: 'Pipeline `{pipeline}` cannot be run: {reason}',
    hint: 'Read the pipeline with `readPipeline`, which refuses such plans',
    status: 500,
  },
  PIPELINE_NOT_CREATED: {
    message: 'No pipeline was made for `{sha}` of `{stack}`: {reason}',
    hint: 'Fix the file that is named, and push again.',
  },
  PIPELINE_CHILD_MISSING: {
    message: 'Job `{job}` includes `{file}`, which {reason}',
    hint: 'Check `trigger:include`, and the `artifacts:paths` of the job that makes the file.',
  },
});
