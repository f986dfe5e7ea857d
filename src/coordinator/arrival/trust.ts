import type { PullRequest } from '../../forge/index.ts';
import type { StackConfiguration } from '../stack-configuration.ts';
import type { Trust } from '../images/tested-tree.ts';

/** Whether a name matches a pattern of the configuration, in which `*` stands for any text. */
export function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 's').test(name);
}

export function isProtectedBranch(stack: StackConfiguration, branch: string): boolean {
  return branch === stack.defaultBranch || stack.protected.branches.some((pattern) => matchesPattern(pattern, branch));
}

export function isProtectedTag(stack: StackConfiguration, tag: string): boolean {
  return stack.protected.tags.some((pattern) => matchesPattern(pattern, tag));
}

/** Trust follows from where a change comes from, never from what is in it. */
export function trustOfRequest(request: PullRequest): Trust {
  return request.fork ? 'untrusted' : 'pull-request';
}
