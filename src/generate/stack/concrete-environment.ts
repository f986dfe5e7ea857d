import { isAbsolute, join, relative } from 'node:path';
import { isRecord, readYaml } from '../../kit/index.ts';
import type { StackScope } from './read-stack.ts';

interface ConcreteFolders {
  /** Folder of the stack's own `spack.yaml`. */
  readonly source: string;
  /** Folder of the new one. */
  readonly target: string;
  /** Folder of the project: jobs have it elsewhere. */
  readonly project: string;
  readonly scopes: readonly StackScope[];
}

/**
 * Returns the `spack.yaml` that child jobs read: the stack's own, including all further configuration, with paths
 * relative to the new folder. Absolute paths outside of the project stay. The text is unchanged if it names no paths.
 */
export async function concreteEnvironment(text: string, folders: ConcreteFolders): Promise<string> {
  const { source, target, project, scopes } = folders;
  const isFixed = (scope: StackScope) => scope.isAbsolute && relative(project, scope.path).startsWith('..');
  const paths = scopes.map((scope) => (isFixed(scope) ? scope.path : relative(target, scope.path)));
  const include = [...new Set(paths)];
  const added = addInclude(text, include);
  if (added !== undefined) return added;
  const { rewriteEnvironment } = await import('./rewrite-environment.ts');
  const recipes = (path: string) => (isRelative(path) ? relative(target, join(source, path)) : path);
  return rewriteEnvironment(text, { include, recipes });
}

/**
 * Adds the includes as the first lines of a block, so that nothing else of the text changes. Undefined if that is
 * impossible, as the text has includes or repositories itself or is not written as a block.
 */
function addInclude(text: string, include: readonly string[]): string | undefined {
  const yaml = readYaml(text, 'spack.yaml');
  const file = isRecord(yaml.value) ? yaml.value : {};
  const root = file['spack'] === undefined ? 'env' : 'spack';
  const section = file[root];
  if (!isRecord(section)) return undefined;
  const keys = Object.keys(section);
  const [first] = keys;
  if (first === undefined || keys.some((key) => /^(?:include|repos):?$/.test(key))) return undefined;
  if (include.length === 0) return text;
  const { line, column } = yaml.locate([root, first]);
  const lines = text.split('\n');
  const above = yaml.locate([root]).line;
  const indent = ' '.repeat(column - 1);
  // A block cannot stand in a flow collection.
  const isBlock = lines.slice(above - 1, line - 1).every((text) => /^(?:\w+:)?\s*(?:#|$)/.test(text));
  if (line === above || !isBlock || !(lines[line - 1] as string).startsWith(`${indent}${first}:`)) return undefined;
  const written = include.map(
    (path) => `${indent}- ${/^(?:\.\.)?\/[\w./+-]*$/.test(path) ? path : JSON.stringify(path)}`,
  );
  return lines.toSpliced(line - 1, 0, `${indent}include:`, ...written).join('\n');
}

function isRelative(path: string): boolean {
  return !isAbsolute(path) && !/^[$~]|^\w+:\/\/|^git@/.test(path);
}
