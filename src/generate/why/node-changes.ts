import { isDeepStrictEqual } from 'node:util';
import { architectureText, compilerOf, type Lockfile, type SpecDependency, type SpecNode } from '../../spack/index.ts';

/** What about a package is not as it was. */
type ChangeKind =
  | 'version'
  | 'variant'
  | 'compiler'
  | 'flag'
  | 'target'
  | 'recipe'
  | 'patches'
  | 'external'
  | 'namespace'
  | 'edge'
  | 'other';

/** One cause of a new hash that lies in the package itself: `version 1.2 → 1.3`. */
export interface NodeChange {
  readonly kind: ChangeKind;
  readonly text: string;
}

/** The package as one lock has it, with that lock to look dependencies up in. */
export interface PlacedNode {
  readonly node: SpecNode;
  readonly lock: Lockfile;
}

const flags = new Set(['cflags', 'cxxflags', 'cppflags', 'fflags', 'ldflags', 'ldlibs']);
const decidesRecipe: ReadonlySet<ChangeKind> = new Set(['version', 'variant', 'patches']);
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

/** What differs between two states of a package, dependencies that only have another hash apart. */
export function nodeChanges(before: PlacedNode, after: PlacedNode): readonly NodeChange[] {
  const [old, now] = [before.node, after.node];
  const changes = [
    ...differ('version', old.version, now.version),
    ...parameterChanges(old, now),
    ...differ('compiler', compilerText(before), compilerText(after)),
    ...differ('target', architectureText(old), architectureText(now)),
    ...differ('namespace', old.namespace, now.namespace),
    ...externalChanges(old, now),
    ...patchChanges(old, now),
    ...edgeChanges(old, now),
    ...otherChanges(old, now),
  ];
  // Spack's digest of a recipe is of what counts for one version and its variants: it is told where these are the same.
  const isOther = old.package_hash !== now.package_hash && !changes.some(({ kind }) => decidesRecipe.has(kind));
  const recipe: readonly NodeChange[] = isOther ? [{ kind: 'recipe', text: 'recipe changed' }] : [];
  return [...changes, ...recipe];
}

function differ(kind: ChangeKind, before: string, after: string): readonly NodeChange[] {
  return before === after ? [] : [{ kind, text: `${kind} ${before} → ${after}` }];
}

function parameterChanges(old: SpecNode, now: SpecNode): readonly NodeChange[] {
  const names = [...new Set([...Object.keys(old.parameters), ...Object.keys(now.parameters)])].toSorted();
  return names.flatMap((name) => {
    const [before, after] = [old.parameters[name], now.parameters[name]];
    if (name === 'patches' || isDeepStrictEqual(before, after)) return [];
    const kind = flags.has(name) ? 'flag' : 'variant';
    return [{ kind, text: `${kind} ${name}: ${valueText(before)} → ${valueText(after)}` }];
  });
}

function valueText(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value).replace(/^"(.*)"$/, '$1');
}

/** A compiler that is a dependency (from format 5 on) is followed like any other; only another one is a change here. */
function compilerText({ node, lock }: PlacedNode): string {
  const { name = 'none', version = 'none' } = compilerOf(node, lock.nodes) ?? {};
  return node.compiler === undefined ? name : `${name}@${version}`;
}

function externalChanges(old: SpecNode, now: SpecNode): readonly NodeChange[] {
  const [before, after] = [old.external?.path, now.external?.path].map((path) => path ?? 'built here');
  if (before !== after) return differ('external', before ?? '', after ?? '');
  return isDeepStrictEqual(old.external, now.external) ? [] : [{ kind: 'external', text: 'external said otherwise' }];
}

function patchChanges(old: SpecNode, now: SpecNode): readonly NodeChange[] {
  if (isDeepStrictEqual(old.patches, now.patches)) return [];
  return [{ kind: 'patches', text: 'patches changed' }];
}

function edgeChanges(old: SpecNode, now: SpecNode): readonly NodeChange[] {
  const [before, after] = [edgesOf(old), edgesOf(now)];
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const come = [...after.keys()].filter((name) => !before.has(name));
  const other = [...after].flatMap(([name, edge]) => {
    const was = before.get(name);
    return was === undefined || was === edge
      ? []
      : [{ kind: 'edge' as const, text: `uses ${name} ${edge}, no longer ${was}` }];
  });
  return [
    ...gone.map((name) => ({ kind: 'edge' as const, text: `no longer depends on ${name}` })),
    ...come.map((name) => ({ kind: 'edge' as const, text: `now depends on ${name}` })),
    ...other,
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

function otherChanges(old: SpecNode, now: SpecNode): readonly NodeChange[] {
  const rest = (node: SpecNode) => Object.entries(node).filter(([key]) => !compared.includes(key));
  return isDeepStrictEqual(rest(old), rest(now)) ? [] : [{ kind: 'other', text: 'written in another format' }];
}
