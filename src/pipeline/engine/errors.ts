import { defineErrors } from '../../kit/index.ts';

export const engineError = defineErrors({
  ENGINE_PIPELINE_INVALID: {
    message: 'Pipeline `{pipeline}` cannot be run: {reason}',
    hint: 'Read the pipeline with `readPipeline`, which refuses such plans',
    status: 500,
    exitCode: 1,
  },
});
