import type { SpecNode } from '../spack/index.ts';
import { imageError } from './errors.ts';

/** Spack's microarchitectures (archspec), by the names that Go and so OCI have for their families. */
const families: readonly (readonly [RegExp, string])[] = [
  [
    /^(x86_64|zen|skylake|cascadelake|cannonlake|icelake|sapphirerapids|haswell|broadwell|ivybridge|sandybridge|nehalem|westmere|core2|nocona|mic_knl|bulldozer|piledriver|steamroller|excavator|k10|barcelona)/,
    'amd64',
  ],
  [/^(aarch64|armv8|armv9|neoverse|a64fx|thunderx2|cortex_a|graviton|m[1-4]$)/, 'arm64'],
  [/^(ppc64le|power\d+le)/, 'ppc64le'],
  [/^(riscv64|u74mc)/, 'riscv64'],
];

/** The architecture of a package as image indexes name it: `amd64`, `arm64`, … */
export function architectureOf(node: SpecNode): string {
  const { platform, target } = node.arch;
  const name = typeof target === 'string' ? target : target.name;
  const family = families.find(([pattern]) => pattern.test(name));
  if (platform === 'linux' && family !== undefined) return family[1];
  throw imageError('IMAGE_PLATFORM_UNKNOWN', {
    package: `${node.name}@${node.version}`,
    platform: `${platform}/${name}`,
  });
}

/** The one architecture of all these packages. */
export function commonArchitecture(nodes: readonly SpecNode[]): string {
  const [first, ...others] = [...new Set(nodes.map(architectureOf))];
  if (first === undefined) throw imageError('IMAGE_EMPTY');
  if (others.length > 0) throw imageError('IMAGE_PLATFORM_MIXED', { platforms: [first, ...others].join(', ') });
  return first;
}

/** The architectures of these packages, sorted; at least one. */
export function architecturesOf(nodes: readonly SpecNode[]): readonly string[] {
  const found = [...new Set(nodes.map(architectureOf))].toSorted();
  if (found.length === 0) throw imageError('IMAGE_EMPTY');
  return found;
}
