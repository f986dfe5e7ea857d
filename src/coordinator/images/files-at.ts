import type { FileSource } from '../../image/index.ts';
import type { Stack } from '../context.ts';

/** Files of the stack's repository at a commit. */
export function filesAt(stack: Stack, commit: string): FileSource {
  return (path) => stack.forge.readFiles(commit, path);
}
