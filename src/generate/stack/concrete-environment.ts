import { isAbsolute, join, relative } from 'node:path';
import { readYaml } from '../../kit/index.ts';
import type { StackScope } from './read-stack.ts';

interface ConcretePlaces {
  /** Folder of the stack's own `spack.yaml`. */
  readonly source: string;
  /** Folder in which the new one will lie. */
  readonly target: string;
  /** Folder of the project: jobs have it elsewhere. */
  readonly project: string;
  readonly scopes: readonly StackScope[];
}

/**
 * The `spack.yaml` that child jobs read: the stack's own, including every other place of configuration, and naming its
 * own recipes, by paths from where it will lie. What the stack has beside the project by an absolute path keeps that.
 * The text stays as it is where there are none of these.
 */
export async function concreteEnvironment(text: string, places: ConcretePlaces): Promise<string> {
  const { source, target, project, scopes } = places;
  const isFixed = (scope: StackScope) => scope.isAbsolute && relative(project, scope.place).startsWith('..');
  const paths = scopes.map((scope) => (isFixed(scope) ? scope.place : relative(target, scope.place)));
  const include = [...new Set(paths)];
  const added = addInclude(text, include);
  if (added !== undefined) return added;
  const { rewriteEnvironment } = await import('./rewrite-environment.ts');
  const recipes = (path: string) => (isRelative(path) ? relative(target, join(source, path)) : path);
  return rewriteEnvironment(text, { include, recipes });
}

/**
 * Adds the places as the first lines of a block, so that nothing else of the text changes and no tree of it is made;
 * undefined where that will not do, as the text names such things itself or is written otherwise.
 */
function addInclude(text: string, include: readonly string[]): string | undefined {
  const yaml = readYaml(text, 'spack.yaml');
  const file = yaml.value as Readonly<Record<string, unknown>> | null | undefined;
  const root = file?.['spack'] === undefined ? 'env' : 'spack';
  const section = file?.[root];
  if (typeof section !== 'object' || section === null) return undefined;
  const keys = Object.keys(section);
  const [first] = keys;
  if (first === undefined || keys.some((key) => /^(?:include|repos):?$/.test(key))) return undefined;
  if (include.length === 0) return text;
  const { line, column } = yaml.locate([root, first]);
  const lines = text.split('\n');
  const above = yaml.locate([root]).line;
  const indent = ' '.repeat(column - 1);
  // In a flow collection, whose bracket would stand there, a block has no place.
  const isBlock = lines.slice(above - 1, line - 1).every((text) => /^(?:\w+:)?\s*(?:#|$)/.test(text));
  if (line === above || !isBlock || !(lines[line - 1] as string).startsWith(`${indent}${first}:`)) return undefined;
  const written = include.map(
    (place) => `${indent}- ${/^(?:\.\.)?\/[\w./+-]*$/.test(place) ? place : JSON.stringify(place)}`,
  );
  return lines.toSpliced(line - 1, 0, `${indent}include:`, ...written).join('\n');
}

function isRelative(path: string): boolean {
  return !isAbsolute(path) && !/^[$~]|^\w+:\/\/|^git@/.test(path);
}
