import { spackError } from '../errors.ts';
import { sortByName, sortEdges } from './spec-builder.ts';
import { formatSpec, splitFlags, type AbstractSpec, type SpecEdge, type SpecFlag, type SpecVariant } from './spec.ts';
import { joinTargets } from './target.ts';
import { intersectVersions, joinVersions, type VersionConstraint } from './version-constraint.ts';

/** Returns the spec that requires everything of both, as Spack joins the rows of a matrix. Throws SPEC_CONFLICT. */
export function constrainSpec(left: AbstractSpec, right: AbstractSpec): AbstractSpec {
  const clash = (fault: string) =>
    spackError('SPEC_CONFLICT', { left: formatSpec(left), right: formatSpec(right), fault });
  const only = (what: string, a: string | undefined, b: string | undefined) => {
    if (a !== undefined && b !== undefined && a !== b) throw clash(`${what} ${a} and ${b}`);
    return a ?? b;
  };
  const [mine = {}, others = {}] = [left.architecture, right.architecture];
  const architecture = {
    platform: only('platforms', mine.platform, others.platform),
    os: only('systems', mine.os, others.os),
    target: joinedTarget(mine.target, others.target, clash),
  };
  return {
    name: only('packages', left.name, right.name),
    namespace: only('namespaces', left.namespace, right.namespace),
    versions: commonVersions(left.versions, right.versions, clash),
    variants: joinByName(left.variants, right.variants, (a, b) => joinVariant(a, b, clash)),
    flags: joinByName(left.flags, right.flags, joinFlag),
    architecture: left.architecture || right.architecture ? architecture : undefined,
    hash: joinHashes(left.hash, right.hash, clash),
    dependencies: joinEdges(left.dependencies, right.dependencies),
  };
}

type Clash = (fault: string) => Error;

function joinedTarget(a: string | undefined, b: string | undefined, clash: Clash): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const joined = joinTargets(a, b);
  if (joined === undefined) throw clash(`targets ${a} and ${b}`);
  return joined;
}

function commonVersions(
  left: readonly VersionConstraint[] | undefined,
  right: readonly VersionConstraint[] | undefined,
  clash: Clash,
): readonly VersionConstraint[] | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const both = left.flatMap((a) => right.flatMap((b) => intersectVersions(a, b) ?? []));
  if (both.length === 0) throw clash('no version is in both ranges');
  return joinVersions(both);
}

/** Joins two lists by name, and the two members that have the same name. */
function joinByName<T extends { readonly name: string }>(
  left: readonly T[],
  right: readonly T[],
  join: (a: T, b: T) => T,
): readonly T[] {
  const joined = new Map(left.map((one) => [one.name, one]));
  for (const one of right) {
    const before = joined.get(one.name);
    joined.set(one.name, before === undefined ? one : join(before, one));
  }
  return sortByName([...joined.values()]);
}

function joinVariant(a: SpecVariant, b: SpecVariant, clash: Clash): SpecVariant {
  // `x=*` matches any value of the variant.
  if (isAnyValue(a) || isAnyValue(b)) return isAnyValue(a) ? b : a;
  if (typeof a.value === 'boolean' || typeof b.value === 'boolean') {
    if (a.value !== b.value) throw clash(`variant \`${a.name}\` has two values`);
    return { ...a, ...b };
  }
  const values = [...new Set([...a.value, ...b.value])];
  const exact = [a, b].find((one) => one.exact && (one.value as readonly string[]).length < values.length);
  if (exact !== undefined) throw clash(`variant \`${a.name}\` has other values`);
  return { ...a, ...b, value: values };
}

function isAnyValue({ value }: SpecVariant): boolean {
  return typeof value !== 'boolean' && value.length === 1 && value[0] === '*';
}

function joinFlag(a: SpecFlag, b: SpecFlag): SpecFlag {
  return { ...a, value: [...new Set([...splitFlags(a), ...splitFlags(b)])].join(' ') };
}

function joinHashes(left: string | undefined, right: string | undefined, clash: Clash): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (!left.startsWith(right) && !right.startsWith(left)) throw clash(`hashes ${left} and ${right}`);
  return left.length > right.length ? left : right;
}

/** Edges to the same package, of the same kind and types, become one. */
export function joinEdges(left: readonly SpecEdge[], right: readonly SpecEdge[]): readonly SpecEdge[] {
  const joined = [...left];
  for (const edge of right) {
    const at = joined.findIndex((one) => isSameEdge(one, edge));
    const before = joined[at];
    if (before === undefined) joined.push(edge);
    else {
      const virtuals = [...new Set([...before.virtuals, ...edge.virtuals])];
      joined[at] = { ...before, virtuals, spec: constrainSpec(before.spec, edge.spec) };
    }
  }
  return sortEdges(joined);
}

function isSameEdge(a: SpecEdge, b: SpecEdge): boolean {
  const isSameKind = a.direct === b.direct && a.when === b.when && a.deptypes.join() === b.deptypes.join();
  return isSameKind && a.spec.name !== undefined && a.spec.name === b.spec.name;
}
