import { defineErrors } from '../kit/index.ts';

export const pipelineError = defineErrors({
  ENGINE_PIPELINE_INVALID: {
    message: 'Pipeline `{pipeline}` cannot be run: {reason}',
    hint: 'Read the pipeline with `readPipeline`, which refuses such plans',
    status: 500,
    exitCode: 1,
  },
  PIPELINE_NOT_CREATED: {
    message: 'No pipeline was made for `{sha}` of `{stack}`: {reason}',
    hint: 'Mend the file that is named, and push again.',
    status: 422,
    exitCode: 1,
  },
  PIPELINE_CHILD_MISSING: {
    message: 'Job `{job}` wants to run `{file}`, which job `{from}` has not left as an artifact',
    hint: 'Look at the log of that job, and check `artifacts: paths`.',
    status: 422,
    exitCode: 1,
  },
});
