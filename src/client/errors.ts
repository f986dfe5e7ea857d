import { defineErrors } from '../kit/index.ts';

export const clientError = defineErrors({
  CLIENT_SERVER_UNREACHABLE: {
    message: 'The server `{url}` does not answer: {reason}.',
    hint: 'Check the address (`--url` or SLIPWAY_URL), and that the server is running.',
    status: 502,
  },
  CLIENT_SERVER_REFUSED: {
    message: '`{url}` answered with status {status}: {reason}.',
    hint: 'Check that a Slipway server answers at this address, and not a proxy or another program.',
    status: 502,
  },
  CLIENT_JOB_MISSING: {
    message: 'The most recent pipelines have no job `{job}`.',
    hint: 'Name the job by its id, or by its name as `slipway status` shows it.',
    status: 404,
    exitCode: 2,
  },
  CLIENT_JOB_AMBIGUOUS: {
    message: 'Pipeline {pipeline} has several jobs that `{job}` can mean: {names}.',
    hint: 'Name one of them in full.',
    status: 409,
    exitCode: 2,
  },
  CLIENT_PIPELINE_NONE: {
    message: 'There is no pipeline yet.',
    hint: 'Start one with `slipway trigger`.',
    status: 404,
  },
});
