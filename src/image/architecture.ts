import type { SpecNode } from '../spack/index.ts';
import { imageError } from './errors.ts';

/** Spack's microarchitectures (archspec), by the names that Go and so OCI have for their families. */
const families: readonly (readonly [RegExp, string])[] = [
  [
    /^(x86_64|skylake|cascadelake|cannonlake|icelake|sapphirerapids|haswell|broadwell|ivybridge|sandybridge|mic_knl)/,
    'amd64',
  ],
  [/^(nehalem|westmere|core2|nocona|zen|bulldozer|piledriver|steamroller|excavator|k10|barcelona)/, 'amd64'],
  [/^(aarch64|armv8|armv9|neoverse|a64fx|thunderx2|cortex_a|graviton|m[1-4]$)/, 'arm64'],
  [/^(ppc64le|power\d+le)/, 'ppc64le'],
  [/^(riscv64|u74mc)/, 'riscv64'],
];

/** Which of the levels of x86-64 (psABI) a microarchitecture has; the others have the first. */
const levels: readonly (readonly [RegExp, number])[] = [
  [/^(x86_64_v4|skylake_avx512|cascadelake|icelake|sapphirerapids|zen[4-9])$/, 4],
  [/^(x86_64_v3|haswell|broadwell|skylake|cannonlake|mic_knl|zen[23]?)$/, 3],
  [/^(x86_64_v2|nehalem|westmere|sandybridge|ivybridge|bulldozer|piledriver|steamroller|excavator)$/, 2],
];

/** The architecture of a package as image indexes name it: `amd64`, `arm64`, … */
export function architectureOf(node: SpecNode): string {
  const { platform } = node.arch;
  const name = targetName(node);
  const family = families.find(([pattern]) => pattern.test(name));
  if (platform === 'linux' && family !== undefined) return family[1];
  throw imageError('IMAGE_PLATFORM_UNKNOWN', {
    package: `${node.name}@${node.version}`,
    platform: `${platform}/${name}`,
  });
}

/** The highest level of x86-64 that one of these packages was built for. */
export function x86Level(nodes: readonly SpecNode[]): number {
  return Math.max(1, ...nodes.map((node) => levels.find(([pattern]) => pattern.test(targetName(node)))?.[1] ?? 1));
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

function targetName({ arch: { target } }: SpecNode): string {
  return typeof target === 'string' ? target : target.name;
}
