import type { PullRequest } from '../../forge/index.ts';
import { compileGlob } from '../../kit/index.ts';
import type { Trust } from '../../pipeline/index.ts';
import type { StackConfiguration } from '../configuration/stack-configuration.ts';

export function isProtectedBranch(stack: StackConfiguration, branch: string): boolean {
  return branch === stack.defaultBranch || stack.protected.branches.some((one) => compileGlob(one, 'text')(branch));
}

export function isProtectedTag(stack: StackConfiguration, tag: string): boolean {
  return stack.protected.tags.some((one) => compileGlob(one, 'text')(tag));
}

/** Whether only rules that name accounts may publish a tag of an image. */
export function isProtectedImageTag(stack: StackConfiguration, tag: string): boolean {
  return stack.protected.imageTags.some((one) => compileGlob(one, 'text')(tag));
}

/** Trust follows from where a change comes from, never from what is in it. */
export function trustOfRequest(request: Pick<PullRequest, 'fork'>): Trust {
  return request.fork ? 'untrusted' : 'pull-request';
}
