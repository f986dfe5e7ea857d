import { readStackPolicy, stackPolicyFile, type StackPolicy } from '../changes/stack-policy.ts';
import type { Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';

/** The stack's policy at a commit; without the file, nothing is published. */
export async function policyAt(stack: Stack, sha: string): Promise<StackPolicy> {
  const bytes = await stack.forge.readFile(sha, stackPolicyFile);
  const { policy, diagnostics } = readStackPolicy(bytes?.toString('utf8') ?? '');
  if (policy !== undefined) return policy;
  const first = diagnostics[0];
  const reason = `${stackPolicyFile}:${first?.line}:${first?.column}: ${first?.message}`;
  throw coordinatorError('PUBLICATION_REFUSED', {
    stack: stack.configuration.name,
    ref: sha,
    reason,
    remedy: 'Mend the file.',
  });
}
