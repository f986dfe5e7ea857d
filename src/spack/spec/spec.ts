import type { DependencyType } from '../lock/node.ts';
import { nameAfterPercent } from './compiler-names.ts';
import { formatVersions, type VersionConstraint } from './version-constraint.ts';

const flagNames = ['cflags', 'cxxflags', 'cppflags', 'fflags', 'ldflags', 'ldlibs'] as const;
type FlagName = (typeof flagNames)[number];

/** Whether a parameter of a package is a compiler flag. */
export function isFlagName(name: string): name is FlagName {
  return flagNames.some((flag) => flag === name);
}

export interface SpecVariant {
  readonly name: string;
  /** `+x` and `~x` are true and false; `x=a,b` is a list. */
  readonly value: boolean | readonly string[];
  /** Doubled sigils (`++x`, `x==a`): dependencies that have the variant get it too. */
  readonly propagate?: boolean;
  /** `x:=a`: these values and no others. */
  readonly exact?: boolean;
}

export interface SpecFlag {
  readonly name: FlagName;
  readonly value: string;
  readonly propagate?: boolean;
}

export interface ArchitectureConstraint {
  readonly platform?: string;
  readonly os?: string;
  /** A name, a list (`a,b`) or a range (`x86_64_v2:`). */
  readonly target?: string;
}

export interface SpecEdge {
  readonly spec: AbstractSpec;
  /** `%`: a direct dependency, such as the compiler; otherwise `^`: anywhere in the closure. */
  readonly direct: boolean;
  readonly virtuals: readonly string[];
  readonly deptypes: readonly DependencyType[];
  /** A spec that the edge is conditional on, as text. */
  readonly when?: string;
  /** `%%`. */
  readonly propagate?: boolean;
}

/** A spec as people write it: any part may be missing. Lists are in the order of `formatSpec`. */
export interface AbstractSpec {
  readonly name?: string;
  readonly namespace?: string;
  readonly versions?: readonly VersionConstraint[];
  /** By name. */
  readonly variants: readonly SpecVariant[];
  /** By name. */
  readonly flags: readonly SpecFlag[];
  readonly architecture?: ArchitectureConstraint;
  /** The beginning of a DAG hash. */
  readonly hash?: string;
  /** Direct ones first, then by name. */
  readonly dependencies: readonly SpecEdge[];
}

/** The single flags; a word without a dash, as in `-isystem /x`, belongs to the one before. */
export function splitFlags({ value }: SpecFlag): readonly string[] {
  return value.split(/\s+(?=-)/);
}

/**
 * The spec as text that Spack of any version since 0.17 reads the same way: `%` comes after variants, since what
 * follows it belongs to the compiler from Spack 1.0 on.
 */
export function formatSpec(spec: AbstractSpec): string {
  return formatNode(spec).trimStart() || '*';
}

function formatNode(spec: AbstractSpec): string {
  const { architecture = {} } = spec;
  return [
    spec.namespace === undefined || spec.name === undefined ? '' : `${spec.namespace}.`,
    spec.name ?? '',
    spec.versions === undefined ? '' : `@${formatVersions(spec.versions)}`,
    ...spec.variants.filter(isSwitch).map(formatVariant),
    ...spec.variants.filter((one) => !isSwitch(one)).map(formatVariant),
    ...spec.flags.map((one) => ` ${one.name}${one.propagate ? '==' : '='}${quote(one.value)}`),
    spec.namespace === undefined || spec.name !== undefined ? '' : ` namespace=${quote(spec.namespace)}`,
    formatArchitecture(architecture),
    spec.hash === undefined ? '' : ` /${spec.hash}`,
    ...spec.dependencies.map(formatEdge),
  ].join('');
}

function isSwitch(variant: SpecVariant): boolean {
  return typeof variant.value === 'boolean';
}

function formatVariant({ name, value, propagate, exact }: SpecVariant): string {
  if (typeof value === 'boolean') return (value ? '+' : '~').repeat(propagate ? 2 : 1) + name;
  return ` ${name}${exact ? ':' : ''}${propagate ? '==' : '='}${quote(value.join(','))}`;
}

function formatArchitecture({ platform, os, target }: ArchitectureConstraint): string {
  const triple = [platform, os, target];
  if (triple.every((part) => part !== undefined && /^[\w.:,]+$/.test(part))) return ` arch=${triple.join('-')}`;
  return [
    ['platform', platform],
    ['os', os],
    ['target', target],
  ]
    .map(([key, value]) => (value === undefined ? '' : ` ${key}=${quote(value)}`))
    .join('');
}

function formatEdge({ spec, direct, virtuals, deptypes, when, propagate }: SpecEdge): string {
  const properties = [
    ...(deptypes.length > 0 ? [`deptypes=${deptypes.join(',')}`] : []),
    ...(virtuals.length > 0 ? [`virtuals=${virtuals.join(',')}`] : []),
    ...(when === undefined ? [] : [`when=${quote(when)}`]),
  ];
  const sigil = direct ? '%'.repeat(propagate ? 2 : 1) : '^';
  const text = formatNode(direct ? withNameAfterPercent(spec) : spec);
  // `^x=y` would be read as "y for the virtual x": a nameless spec that begins so gets its name, the star.
  const node = !text.startsWith(' ') ? text : text.startsWith(' /') ? text.trimStart() : `*${text}`;
  return ` ${sigil}${properties.length > 0 ? `[${properties.join(' ')}] ` : ''}${node || '*'}`;
}

function withNameAfterPercent(spec: AbstractSpec): AbstractSpec {
  const { name, namespace } = spec;
  return name === undefined || namespace !== undefined ? spec : { ...spec, name: nameAfterPercent(name) };
}

/** Bare where that reads back as the same value (`x==y` would not); otherwise in quotes, which are escaped inside. */
function quote(value: string): string {
  if (/^[A-Za-z0-9,/_.\-+*:%^~][A-Za-z0-9,/_.\-+*:=%^~]*$/.test(value)) return value;
  return value.includes("'") ? `"${value.replaceAll('"', '\\"')}"` : `'${value}'`;
}
