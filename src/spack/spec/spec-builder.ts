import { compareText } from '../../kit/index.ts';
import {
  isFlagName,
  type AbstractSpec,
  type ArchitectureConstraint,
  type SpecEdge,
  type SpecFlag,
  type SpecVariant,
} from './spec.ts';
import { valueOf, type SpecToken } from './spec-tokens.ts';
import {
  formatVersions,
  isAnyVersion,
  isEmptyRange,
  joinVersions,
  parseVersions,
  type VersionConstraint,
} from './version-constraint.ts';

export type EdgeProperties = Omit<SpecEdge, 'spec'>;

/** Collects the parts of one spec while its text is read. */
export class SpecBuilder {
  #name: string | undefined;
  #namespace: string | undefined;
  #versions: readonly VersionConstraint[] | undefined;
  readonly #variants = new Map<string, SpecVariant>();
  readonly #flags = new Map<string, SpecFlag>();
  #architecture: ArchitectureConstraint = {};
  #hash: string | undefined;
  readonly #edges: { readonly edge: EdgeProperties; readonly builder: SpecBuilder }[] = [];

  /** `*` has no name among its groups: it stands for any package. */
  setName(name: string | undefined, namespace: string | undefined): void {
    this.#name = name;
    this.#namespace = namespace;
  }

  addEdge(edge: EdgeProperties, builder: SpecBuilder): void {
    this.#edges.push({ edge, builder });
  }

  /** Takes a version, variant, flag, architecture or hash; gives the fault as text if it cannot stand here. */
  addAttribute(token: SpecToken): string | undefined {
    if (token.kind === 'version') return this.#addVersions(token.groups['versions'] ?? '');
    if (token.kind === 'hash') return this.#addHash(token.groups['hash'] ?? '');
    if (token.kind === 'switch') {
      const { sigil = '', key: name = '' } = token.groups;
      return this.#addVariant({ name, value: sigil.startsWith('+'), propagate: sigil.length === 2 });
    }
    return this.#addPair(token);
  }

  build(): AbstractSpec {
    const versions = this.#versions?.some(isAnyVersion) === true ? undefined : this.#versions;
    return {
      name: this.#name,
      namespace: this.#namespace,
      versions,
      variants: sortByName([...this.#variants.values()]),
      flags: sortByName([...this.#flags.values()]),
      architecture: Object.keys(this.#architecture).length === 0 ? undefined : this.#architecture,
      hash: this.#hash,
      dependencies: sortEdges(this.#edges.map(({ edge, builder }) => ({ spec: builder.build(), ...edge }))),
    };
  }

  #addVersions(text: string): string | undefined {
    if (this.#versions !== undefined) return 'a second `@`: a spec has one list of versions';
    const versions = parseVersions(text);
    const empty = versions.find(isEmptyRange);
    if (empty !== undefined) return `the range \`${formatVersions([empty])}\` ends before it begins`;
    this.#versions = joinVersions(versions);
    return undefined;
  }

  #addHash(hash: string): string | undefined {
    if (this.#hash !== undefined) return 'a second hash';
    this.#hash = hash;
    return undefined;
  }

  #addVariant(variant: SpecVariant): string | undefined {
    if (this.#variants.has(variant.name)) return `variant \`${variant.name}\` appears twice`;
    this.#variants.set(variant.name, variant);
    return undefined;
  }

  #addPair(token: SpecToken): string | undefined {
    const { key: name = '', operator = '' } = token.groups;
    const value = valueOf(token);
    const propagate = operator.endsWith('==');
    if (isFlagName(name)) return this.#addFlag({ name, value, propagate });
    const architecture = readArchitecture(name, value);
    if (architecture !== undefined) return this.#addArchitecture(name, architecture);
    if (name === 'namespace') {
      this.#namespace = value;
      return undefined;
    }
    if (/^(?:true|false)$/i.test(value)) {
      return this.#addVariant({ name, value: value.toLowerCase() === 'true', propagate });
    }
    const exact = operator.startsWith(':') && value !== '*';
    return this.#addVariant({ name, value: value.split(','), propagate, exact });
  }

  #addFlag(flag: SpecFlag): undefined {
    const value = [this.#flags.get(flag.name)?.value, ...flag.value.split(/\s+/)].filter(Boolean).join(' ');
    if (value !== '') this.#flags.set(flag.name, { ...flag, value });
  }

  #addArchitecture(key: string, parts: ArchitectureConstraint): string | undefined {
    if (key.startsWith('arch') && parts.target?.includes('-') === true)
      return `\`${key}\` is not of the form platform-os-target`;
    const twice = Object.keys(parts).find((part) => part in this.#architecture);
    if (twice !== undefined) return `\`${twice}\` appears twice`;
    this.#architecture = { ...this.#architecture, ...parts };
    return undefined;
  }
}

/** Direct edges first, each kind by name; edges of the same name stay as they were. */
export function sortEdges(edges: readonly SpecEdge[]): readonly SpecEdge[] {
  const keyOf = ({ direct, spec }: SpecEdge) => (direct ? '0' : '1') + (spec.name ?? '');
  return edges.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
}

export function sortByName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => compareText(a.name, b.name));
}

/** The parts that a key of the architecture gives; `arch=` without dashes is a target. Undefined for other keys. */
function readArchitecture(key: string, value: string): ArchitectureConstraint | undefined {
  if (key === 'platform') return { platform: value };
  if (key === 'os' || key === 'operating_system') return { os: value };
  if (key === 'target') return { target: value };
  if (key !== 'arch' && key !== 'architecture') return undefined;
  const parts = value.split('-');
  const [platform = '', os = '', target = ''] = parts.length === 3 ? parts : ['', '', value];
  return Object.fromEntries(
    Object.entries({ platform, os, target }).filter(([, part]) => part !== '' && part !== 'None'),
  );
}
