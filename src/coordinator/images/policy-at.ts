import { policyAtCommit, stackPolicyFile, type StackPolicy } from '../changes/stack-policy.ts';
import type { Stack } from '../context.ts';
import { publicationRefused } from '../errors.ts';

/** Returns the stack's policy at a commit. Throws if it is invalid. */
export async function policyAt(stack: Stack, sha: string): Promise<StackPolicy> {
  const { policy, diagnostics } = await policyAtCommit(stack, sha);
  if (policy !== undefined) return policy;
  const first = diagnostics[0];
  const reason = `${stackPolicyFile}:${first?.line}:${first?.column}: ${first?.message}`;
  throw publicationRefused({ stack: stack.configuration.name, ref: sha }, reason, 'Fix the file.');
}
