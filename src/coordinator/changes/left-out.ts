import type { MergeGroup } from '../../forge/index.ts';
import type { Stack, StatusReporting } from '../context.ts';
import { basePolicy } from '../requests/base-policy.ts';
import { firstRule, skippedText, type RuleFacts } from '../requests/request-rule.ts';
import { groupFacts, pushFacts } from '../requests/rule-facts.ts';
import { reportExcluded } from './no-pipeline.ts';
import { policyAtCommit, type StackPolicy } from './stack-policy.ts';

/** Returns whether a rule of its own policy leaves a push to a protected ref out, which is then reported. */
export async function isLeftOut(
  context: StatusReporting,
  stack: Stack,
  pushed: Parameters<typeof pushFacts>[1],
): Promise<boolean> {
  const { sha } = pushed;
  const { policy } = await policyAtCommit(stack, sha);
  const facts = policy && pushFacts(stack, pushed, policy);
  return isSkipped(context, stack, { policy, facts, commit: { head: sha, base: sha } });
}

/** The same for a commit of a merge queue, by the policy of the base branch as it stands now. */
export async function isGroupLeftOut(context: StatusReporting, stack: Stack, group: MergeGroup): Promise<boolean> {
  const { sha: head, number: request, baseSha: base } = group;
  const policy = await basePolicy(context, stack, group);
  const facts = policy && groupFacts(stack, group, policy);
  return isSkipped(context, stack, { policy, facts, commit: { head, base, request } });
}

interface RuledCommit {
  /** Undefined if it is invalid: it leaves nothing out. */
  readonly policy: StackPolicy | undefined;
  readonly facts: RuleFacts | undefined;
  readonly commit: Omit<Parameters<typeof reportExcluded>[2], 'stack' | 'description'>;
}

async function isSkipped(
  context: StatusReporting,
  stack: Stack,
  { policy, facts, commit }: RuledCommit,
): Promise<boolean> {
  const rule = policy && facts && (await firstRule(policy.requests.rules, facts));
  if (rule?.effect !== 'skip') return false;
  const description = skippedText(rule.number);
  await reportExcluded(context, stack, { ...commit, stack: stack.configuration.name, description });
  return true;
}
