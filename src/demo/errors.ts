import { defineErrors } from '../kit/index.ts';

export const demoError = defineErrors({
  DEMO_FAILED: {
    message: 'The demo failed at {what}: {reason}.',
    hint: 'Run it again with `--folder DIR` to keep its logs and data.',
    status: 500,
  },
});
