import type { Stack, StatusReporting } from '../context.ts';
import { firstRule, skippedText } from '../requests/request-rule.ts';
import { pushFacts } from '../requests/rule-facts.ts';
import { reportExcluded } from './no-pipeline.ts';
import { policyAtCommit } from './stack-policy.ts';

/** Returns whether a rule of its own policy leaves a push to a protected ref out, which is then reported. */
export async function isLeftOut(
  context: StatusReporting,
  stack: Stack,
  pushed: Parameters<typeof pushFacts>[1],
): Promise<boolean> {
  const { sha } = pushed;
  const { policy } = await policyAtCommit(stack, sha);
  const rule = policy && (await firstRule(policy.requests.rules, pushFacts(stack, pushed, policy)));
  if (rule?.effect !== 'skip') return false;
  const commit = { stack: stack.configuration.name, head: sha, base: sha };
  await reportExcluded(context, stack, { ...commit, description: skippedText(rule.number) });
  return true;
}
