import { isProtectedBranch } from '../changes/trust.ts';
import type { Stack } from '../context.ts';

/** Returns whether a protected branch contains the commit: only then is a tag of it published. */
export async function isOnProtectedBranch({ configuration, forge }: Stack, commit: string): Promise<boolean> {
  return (await forge.branchesWith(commit)).some((branch) => isProtectedBranch(configuration, branch));
}
