import * as z from 'zod';
import { Sha } from '../api/requests-api.ts';
import type { CheckClick } from '../forge-event.ts';

const sender = z.object({ login: z.string().min(1) });

/** What we read of the payloads of `check_run` and `check_suite`: which button the account of `sender` clicked. */
const RunPayload = z.object({
  action: z.string(),
  check_run: z.object({ head_sha: Sha, name: z.string().min(1) }),
  requested_action: z.object({ identifier: z.enum(['retry', 'cancel', 'approve']) }).optional(),
  sender,
});
const SuitePayload = z.object({ action: z.string(), check_suite: z.object({ head_sha: Sha }), sender });

/** Returns what a person had done by a check; undefined for what GitHub reports about checks besides. */
export function checkClick(event: string, payload: unknown): CheckClick | undefined {
  if (event === 'check_suite') {
    const { data: suite } = SuitePayload.safeParse(payload);
    if (suite?.action !== 'rerequested') return undefined;
    return { sha: suite.check_suite.head_sha, command: 'retry', actor: suite.sender.login };
  }
  const { data: run } = event === 'check_run' ? RunPayload.safeParse(payload) : {};
  const command = run === undefined ? undefined : run.action === 'rerequested' ? 'retry' : requested(run);
  if (run === undefined || command === undefined) return undefined;
  return { sha: run.check_run.head_sha, context: run.check_run.name, command, actor: run.sender.login };
}

function requested({
  action,
  requested_action: button,
}: z.infer<typeof RunPayload>): CheckClick['command'] | undefined {
  return action === 'requested_action' ? button?.identifier : undefined;
}
