import { defineErrors } from '../kit/index.ts';

export const demoError = defineErrors({
  DEMO_FAILED: {
    message: 'The demo stopped at {what}: {reason}',
    hint: 'Run it again with `--folder DIR` to look at logs and data afterwards.',
    status: 500,
  },
});
