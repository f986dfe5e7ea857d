import type { MergeGroup } from '../../forge/index.ts';
import type { Stack, StatusReporting } from '../context.ts';
import { basePolicy } from '../requests/base-policy.ts';
import { firstRule, skippedText } from '../requests/request-rule.ts';
import { groupFacts, pushFacts } from '../requests/rule-facts.ts';
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

/** The same for a commit of a merge queue, by the policy of the base branch as it stands now. */
export async function isGroupLeftOut(context: StatusReporting, stack: Stack, group: MergeGroup): Promise<boolean> {
  const { sha, number: request, baseSha: base } = group;
  const policy = await basePolicy(context, stack, group);
  const rule = policy && (await firstRule(policy.requests.rules, groupFacts(stack, group, policy)));
  if (rule?.effect !== 'skip') return false;
  const commit = { stack: stack.configuration.name, head: sha, base, request };
  await reportExcluded(context, stack, { ...commit, description: skippedText(rule.number) });
  return true;
}
