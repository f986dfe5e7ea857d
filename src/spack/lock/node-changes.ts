import { isDeepStrictEqual } from 'node:util';
import { isFlagName } from '../spec/spec.ts';
import type { Lockfile } from './lockfile.ts';
import type { SpecDependency, SpecNode } from './node.ts';
import { architectureText, compilerOf } from './node-text.ts';

/** A package with the lock that it is in, to look dependencies up. */
export interface LockedNode {
  readonly node: SpecNode;
  readonly lock: Lockfile;
}

const compared = [
  'name',
  'version',
  'arch',
  'compiler',
  'namespace',
  'parameters',
  'external',
  'patches',
  'package_hash',
  'dependencies',
  'hash',
];

/**
 * Returns the differences between two states of a package, such as `version 1.2 → 1.3`, except for dependencies that
 * only have another hash.
 */
export function nodeChanges(before: LockedNode, after: LockedNode): readonly string[] {
  const [old, now] = [before.node, after.node];
  const version = differ('version', old.version, now.version);
  const variants = parameterChanges(old, now, 'variant');
  const patches = isDeepStrictEqual(old.patches, now.patches) ? [] : ['patches changed'];
  // Spack's digest of a recipe depends on these; the recipe is reported where they are the same.
  const isRecipe = version.length + variants.length + patches.length === 0 && old.package_hash !== now.package_hash;
  return [
    ...version,
    ...variants,
    ...parameterChanges(old, now, 'flag'),
    ...differ('compiler', compilerText(before), compilerText(after)),
    ...differ('target', architectureText(old), architectureText(now)),
    ...differ('namespace', old.namespace, now.namespace),
    ...externalChanges(old, now),
    ...patches,
    ...edgeChanges(old, now),
    ...otherChanges(old, now),
    ...(isRecipe ? ['recipe changed'] : []),
  ];
}

function differ(kind: string, before: string, after: string): readonly string[] {
  return before === after ? [] : [`${kind} ${before} → ${after}`];
}

function parameterChanges(old: SpecNode, now: SpecNode, kind: 'variant' | 'flag'): readonly string[] {
  const names = [...new Set([...Object.keys(old.parameters), ...Object.keys(now.parameters)])].toSorted();
  return names
    .filter((name) => name !== 'patches' && isFlagName(name) === (kind === 'flag'))
    .flatMap((name) => {
      const [before, after] = [old.parameters[name], now.parameters[name]];
      return isDeepStrictEqual(before, after) ? [] : [`${kind} ${name}: ${valueText(before)} → ${valueText(after)}`];
    });
}

function valueText(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value).replace(/^"(.*)"$/, '$1');
}

/** A compiler that is a dependency (from format 5 on) is followed like any other; only another one is a change here. */
function compilerText({ node, lock }: LockedNode): string {
  const { name = 'none', version = 'none' } = compilerOf(node, lock.nodes) ?? {};
  return node.compiler === undefined ? name : `${name}@${version}`;
}

function externalChanges(old: SpecNode, now: SpecNode): readonly string[] {
  const [before, after] = [old.external?.path ?? 'built here', now.external?.path ?? 'built here'];
  if (before !== after) return differ('external', before, after);
  return isDeepStrictEqual(old.external, now.external) ? [] : ['external described otherwise'];
}

function edgeChanges(old: SpecNode, now: SpecNode): readonly string[] {
  const [before, after] = [edgesOf(old), edgesOf(now)];
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const other = [...after].filter(([name, edge]) => before.get(name) !== edge);
  return [
    ...gone.map((name) => `no longer depends on ${name}`),
    ...other.map(([name, edge]) =>
      before.has(name) ? `uses ${name} ${edge}, no longer ${before.get(name)}` : `now depends on ${name}`,
    ),
  ];
}

/** Names of what it depends on, and how: types and virtuals, as in `for build/link as zlib-api`. */
function edgesOf({ dependencies = [] }: SpecNode): ReadonlyMap<string, string> {
  const text = ({ parameters: { deptypes, virtuals, direct } }: SpecDependency) =>
    [
      `for ${deptypes.join('/')}`,
      ...(virtuals.length === 0 ? [] : [`as ${virtuals.join(', ')}`]),
      ...(direct === true ? ['directly'] : []),
    ].join(' ');
  return new Map(dependencies.map((edge) => [edge.name, text(edge)]));
}

function otherChanges(old: SpecNode, now: SpecNode): readonly string[] {
  const rest = (node: SpecNode) => Object.entries(node).filter(([key]) => !compared.includes(key));
  return isDeepStrictEqual(rest(old), rest(now)) ? [] : ['written in another format'];
}
