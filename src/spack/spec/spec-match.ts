import { concreteSpec } from '../lock/concrete-spec.ts';
import type { SpecNode } from '../lock/node.ts';
import { constrainSpec } from './spec-constrain.ts';
import type { AbstractSpec, ArchitectureConstraint, SpecEdge, SpecFlag, SpecVariant } from './spec.ts';
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

function hasVariant(subject: AbstractSpec, wanted: SpecVariant): boolean {
  const found = subject.variants.find((one) => one.name === wanted.name);
  if (found === undefined) return false;
  if (typeof wanted.value === 'boolean') return found.value === wanted.value;
  // A person may write `shared=true` for `+shared`.
  const values = typeof found.value === 'boolean' ? [String(found.value)] : found.value;
  if (wanted.exact && wanted.value.length !== values.length) return false;
  const isBoolean = typeof found.value === 'boolean';
  return wanted.value.every((one) => one === '*' || values.includes(isBoolean ? one.toLowerCase() : one));
}

function hasFlags(subject: AbstractSpec, wanted: SpecFlag): boolean {
  const words = subject.flags.find((one) => one.name === wanted.name)?.value.split(/\s+/) ?? [];
  return wanted.value.split(/\s+/).every((one) => one === '' || words.includes(one));
}

function hasArchitecture(subject: ArchitectureConstraint, wanted: ArchitectureConstraint): boolean {
  return (
    (wanted.platform === undefined || wanted.platform === subject.platform) &&
    (wanted.os === undefined || wanted.os === subject.os) &&
    (wanted.target === undefined || satisfiesTarget(subject.target, wanted.target))
  );
}

function hasDependency(subject: AbstractSpec, wanted: SpecEdge): boolean {
  const { name, ...others } = wanted.spec;
  return subject.dependencies.some((one) => {
    if (wanted.direct && !one.direct) return false;
    if (!wanted.virtuals.every((virtual) => one.virtuals.includes(virtual))) return false;
    if (name === undefined || name === one.spec.name) return isSatisfied(one.spec, others);
    // A virtual's version is not the provider's: only its name can be checked.
    return one.virtuals.includes(name);
  });
}
