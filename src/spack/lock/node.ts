/** How a package uses another: Spack's dependency types. */
export type DependencyType = 'build' | 'link' | 'run' | 'test';

export interface SpecDependency {
  readonly name: string;
  readonly hash: string;
  readonly parameters: {
    readonly deptypes: readonly DependencyType[];
    readonly virtuals: readonly string[];
    readonly direct?: boolean;
  };
}

export interface SpecArchitecture {
  readonly platform: string;
  readonly platform_os: string;
  readonly target: string | { readonly name: string; readonly [key: string]: unknown };
}

export type ParameterValue = boolean | string | readonly string[];

/**
 * One concrete spec, with the keys of Spack's spec file in the order that they were read: the hash depends on
 * the order. Unknown keys are kept. Source: Spack, "Spec File Format", versions 3 to 6.
 */
export interface SpecNode {
  readonly name: string;
  readonly version: string;
  readonly arch: SpecArchitecture;
  /** Spec files up to 4; from 5 on the compiler is a dependency. */
  readonly compiler?: { readonly name: string; readonly version: string };
  readonly namespace: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly external?: { readonly path: string | null; readonly module?: unknown; readonly extra_attributes?: unknown };
  readonly patches?: readonly string[];
  readonly package_hash?: string;
  readonly dependencies?: readonly SpecDependency[];
  readonly annotations?: { readonly original_specfile_version?: number; readonly compiler?: unknown };
  /** The DAG hash: 32 characters of lower-case base32. */
  readonly hash: string;
}

/** A spec file's content: `nodes[0]` is the spec itself, the others its closure. */
export interface SpecDocument {
  readonly version: number;
  readonly nodes: readonly [SpecNode, ...SpecNode[]];
}
