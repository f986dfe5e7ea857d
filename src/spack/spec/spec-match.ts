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
 * Whether the subject satisfies `constraint`: a concrete node (pass the lock's `nodes`, so that
 * compilers and dependencies can be looked up), or an abstract spec, which satisfies only what it states itself.
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
function areSame(required: string | undefined, found: string | undefined): boolean {
  return required === undefined || found === undefined || required === found;
}

function areVersionsWithin({ versions = [] }: AbstractSpec, { versions: allowed = [] }: AbstractSpec): boolean {
  return versions.length > 0 && versions.every((one) => allowed.some((range) => isVersionWithin(one, range)));
}

/**
 * What is to be propagated (`++x`) must be contradicted nowhere. The subject's own such variants do not count,
 * since they are only for packages that have the variant.
 */
function hasVariant(subject: AbstractSpec, required: SpecVariant): boolean {
  const variantOf = (spec: AbstractSpec) => spec.variants.find((one) => one.name === required.name);
  if (required.propagate) {
    const found = [subject, ...subject.dependencies.map(({ spec }) => spec)].map(variantOf);
    return found.every((one) => one === undefined || isValue(one, required));
  }
  const found = variantOf(subject);
  return found !== undefined && !found.propagate && isValue(found, required);
}

function isValue(found: SpecVariant, required: SpecVariant): boolean {
  if (typeof required.value === 'boolean') return found.value === required.value;
  // A person may write `shared=true` for `+shared`.
  const values = typeof found.value === 'boolean' ? [String(found.value)] : found.value;
  if (required.exact && !(found.exact && required.value.length === values.length)) return false;
  const isBoolean = typeof found.value === 'boolean';
  return required.value.every((one) => one === '*' || values.includes(isBoolean ? one.toLowerCase() : one));
}

function hasFlags(subject: AbstractSpec, required: SpecFlag): boolean {
  const found = subject.flags.find((one) => one.name === required.name);
  return found !== undefined && splitFlags(required).every((one) => splitFlags(found).includes(one));
}

function hasArchitecture(subject: ArchitectureConstraint, required: ArchitectureConstraint): boolean {
  return (
    isPart(subject.platform, required.platform) &&
    isPart(subject.os, required.os) &&
    (required.target === undefined || satisfiesTarget(subject.target, required.target))
  );
}

function isPart(found: string | undefined, required: string | undefined): boolean {
  return required === undefined || required === found || (required === '*' && found !== undefined);
}

/** A condition (`when`) that does not hold makes a dependency no matter. */
function hasDependency(subject: AbstractSpec, required: SpecEdge): boolean {
  if (required.when !== undefined && !isSatisfied(subject, parseSpec(required.when))) return true;
  const { name } = required.spec;
  const edges = subject.dependencies.filter((one) => name === undefined || isNamed(one, name));
  if (!required.direct) {
    const virtuals = new Set(edges.flatMap((one) => [...one.virtuals, one.spec.name]));
    return required.virtuals.every((one) => virtuals.has(one)) && edges.some((one) => isMatch(one, required.spec));
  }
  return edges.some((one) => one.direct && hasProperties(one, required) && isMatch(one, required.spec));
}

function isNamed({ spec, virtuals }: SpecEdge, name: string): boolean {
  return spec.name === name || virtuals.includes(name);
}

/** As in Spack, one of the virtuals is enough, but all dependency types must be there. */
function hasProperties({ virtuals, deptypes }: SpecEdge, required: SpecEdge): boolean {
  if (required.virtuals.length > 0 && !required.virtuals.some((one) => virtuals.includes(one))) return false;
  return required.deptypes.every((one) => deptypes.includes(one));
}

/** A virtual's version is not the provider's: only its name can be checked. */
function isMatch({ spec }: SpecEdge, { name, ...others }: AbstractSpec): boolean {
  return (name !== undefined && name !== spec.name) || isSatisfied(spec, others);
}
