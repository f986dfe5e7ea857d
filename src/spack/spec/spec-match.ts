import { concreteSpec } from '../lock/concrete-spec.ts';
import type { SpecNode } from '../lock/node.ts';
import { constrainSpec } from './spec-constrain.ts';
import { parseSpec } from './spec-parser.ts';
import {
  splitFlags,
  type AbstractSpec,
  type ArchitectureConstraint,
  type SpecEdge,
  type SpecFlag,
  type SpecVariant,
} from './spec.ts';
import { hasCode } from '../../kit/index.ts';
import { satisfiesTarget } from './target.ts';
import { isVersionWithin } from './version-constraint.ts';

type Nodes = ReadonlyMap<string, SpecNode>;

/**
 * Whether all that `constraint` asks for holds for the subject: a concrete node (give the lock's `nodes`, so that
 * compilers and dependencies can be looked up), or an abstract spec, which satisfies only what it says itself.
 */
export function satisfies(
  subject: SpecNode | AbstractSpec,
  constraint: AbstractSpec,
  nodes: Nodes = new Map(),
): boolean {
  return isSatisfied(isConcrete(subject) ? concreteSpec(subject, nodes) : subject, constraint);
}

/** Whether some package could be both; for a concrete node, the same as `satisfies`. */
export function intersects(
  subject: SpecNode | AbstractSpec,
  constraint: AbstractSpec,
  nodes: Nodes = new Map(),
): boolean {
  if (isConcrete(subject)) return satisfies(subject, constraint, nodes);
  try {
    constrainSpec(subject, constraint);
    return true;
  } catch (error) {
    if (hasCode(error, 'SPEC_CONFLICT')) return false;
    throw error;
  }
}

function isConcrete(subject: SpecNode | AbstractSpec): subject is SpecNode {
  return 'parameters' in subject;
}

function isSatisfied(subject: AbstractSpec, constraint: AbstractSpec): boolean {
  const { name, namespace, versions, hash, architecture = {} } = constraint;
  return (
    areSame(name, subject.name) &&
    areSame(namespace, subject.namespace) &&
    (hash === undefined || subject.hash?.startsWith(hash) === true) &&
    (versions === undefined || areVersionsWithin(subject, constraint)) &&
    constraint.variants.every((one) => hasVariant(subject, one)) &&
    constraint.flags.every((one) => hasFlags(subject, one)) &&
    hasArchitecture(subject.architecture ?? {}, architecture) &&
    constraint.dependencies.every((one) => hasDependency(subject, one))
  );
}

/** As in Spack, a spec that names no package (or no repository) may be any. */
function areSame(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || found === undefined || wanted === found;
}

function areVersionsWithin({ versions = [] }: AbstractSpec, { versions: allowed = [] }: AbstractSpec): boolean {
  return versions.length > 0 && versions.every((one) => allowed.some((range) => isVersionWithin(one, range)));
}

/**
 * What is to be propagated (`++x`) must be contradicted nowhere. The subject's own such variants say nothing of it,
 * since they are only for packages that have the variant.
 */
function hasVariant(subject: AbstractSpec, wanted: SpecVariant): boolean {
  const variantOf = (spec: AbstractSpec) => spec.variants.find((one) => one.name === wanted.name);
  if (wanted.propagate) {
    const found = [subject, ...subject.dependencies.map(({ spec }) => spec)].map(variantOf);
    return found.every((one) => one === undefined || isValue(one, wanted));
  }
  const found = variantOf(subject);
  return found !== undefined && !found.propagate && isValue(found, wanted);
}

function isValue(found: SpecVariant, wanted: SpecVariant): boolean {
  if (typeof wanted.value === 'boolean') return found.value === wanted.value;
  // A person may write `shared=true` for `+shared`.
  const values = typeof found.value === 'boolean' ? [String(found.value)] : found.value;
  if (wanted.exact && !(found.exact && wanted.value.length === values.length)) return false;
  const isBoolean = typeof found.value === 'boolean';
  return wanted.value.every((one) => one === '*' || values.includes(isBoolean ? one.toLowerCase() : one));
}

function hasFlags(subject: AbstractSpec, wanted: SpecFlag): boolean {
  const found = subject.flags.find((one) => one.name === wanted.name);
  return found !== undefined && splitFlags(wanted).every((one) => splitFlags(found).includes(one));
}

function hasArchitecture(subject: ArchitectureConstraint, wanted: ArchitectureConstraint): boolean {
  return (
    isPart(subject.platform, wanted.platform) &&
    isPart(subject.os, wanted.os) &&
    (wanted.target === undefined || satisfiesTarget(subject.target, wanted.target))
  );
}

function isPart(found: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === found || (wanted === '*' && found !== undefined);
}

/** A condition (`when`) that does not hold makes a dependency no matter. */
function hasDependency(subject: AbstractSpec, wanted: SpecEdge): boolean {
  if (wanted.when !== undefined && !isSatisfied(subject, parseSpec(wanted.when))) return true;
  const { name } = wanted.spec;
  const edges = subject.dependencies.filter((one) => name === undefined || isNamed(one, name));
  if (!wanted.direct) {
    const virtuals = new Set(edges.flatMap((one) => [...one.virtuals, one.spec.name]));
    return wanted.virtuals.every((one) => virtuals.has(one)) && edges.some((one) => isWanted(one, wanted.spec));
  }
  return edges.some((one) => one.direct && hasProperties(one, wanted) && isWanted(one, wanted.spec));
}

function isNamed({ spec, virtuals }: SpecEdge, name: string): boolean {
  return spec.name === name || virtuals.includes(name);
}

/** As in Spack, one of the virtuals is enough, but all dependency types must be there. */
function hasProperties({ virtuals, deptypes }: SpecEdge, wanted: SpecEdge): boolean {
  if (wanted.virtuals.length > 0 && !wanted.virtuals.some((one) => virtuals.includes(one))) return false;
  return wanted.deptypes.every((one) => deptypes.includes(one));
}

/** A virtual's version is not the provider's: only its name can be checked. */
function isWanted({ spec }: SpecEdge, { name, ...others }: AbstractSpec): boolean {
  return (name !== undefined && name !== spec.name) || isSatisfied(spec, others);
}
