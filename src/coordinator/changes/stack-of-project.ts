import type { Stack, StackRegistry } from '../context.ts';
import { projectNamespace } from '../project-namespace.ts';
import { remoteOf } from '../configuration/stack-configuration.ts';

/** Finds the stack that a configuration means by a project: by its name, its `CI_PROJECT_PATH` or its forge's path. */
export function stackOfProject({ stacks }: StackRegistry, project: string): Stack | undefined {
  const path = project.replace(/^\/+/, '').toLowerCase();
  const direct = stacks.get(path.startsWith(`${projectNamespace}/`) ? path.slice(projectNamespace.length + 1) : path);
  return direct ?? [...stacks.values()].find(({ configuration }) => pathOf(remoteOf(configuration)) === path);
}

/** Returns `group/project` of a remote; undefined for a folder. */
function pathOf(remote: string): string | undefined {
  const path = /^(?:https?|ssh|git):\/\/[^/]+\/(.+)$/.exec(remote)?.[1] ?? /^[\w.-]+@[\w.-]+:(.+)$/.exec(remote)?.[1];
  return path
    ?.replace(/\/$/, '')
    .replace(/\.git$/, '')
    .toLowerCase();
}
