import { withHash, type SpecDependency, type SpecNode } from '../../src/spack/index.ts';

/** A package without anything special, which links others. */
export function tinyNode(name: string, version: string, links: readonly SpecNode[]): SpecNode {
  const dependencies: SpecDependency[] = links.map((one) => ({
    name: one.name,
    hash: one.hash,
    parameters: { deptypes: ['build', 'link'], virtuals: [] },
  }));
  return withHash({
    name,
    version,
    arch: { platform: 'linux', platform_os: 'debian13', target: links[0]?.arch.target ?? 'x86_64' },
    namespace: 'lab',
    parameters: { build_system: 'generic' },
    package_hash: 'zz',
    ...(dependencies.length > 0 ? { dependencies } : {}),
    annotations: { original_specfile_version: 5 },
  });
}
