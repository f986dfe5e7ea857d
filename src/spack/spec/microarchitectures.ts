/**
 * Each target with those that it builds upon, whose binaries it runs too. Others stand alone. Source: archspec's
 * `microarchitectures.json`, by which Spack orders targets.
 */
const builtUpon = `
i686 x86; pentium2 i686; pentium3 pentium2; pentium4 pentium3; prescott pentium4; x86_64_v2 x86_64;
x86_64_v3 x86_64_v2; x86_64_v4 x86_64_v3; nocona x86_64; core2 nocona; nehalem core2 x86_64_v2; westmere nehalem;
sandybridge westmere; ivybridge sandybridge; haswell ivybridge x86_64_v3; broadwell haswell; skylake broadwell;
mic_knl broadwell; skylake_avx512 skylake x86_64_v4; cannonlake skylake; cascadelake skylake_avx512;
icelake cascadelake cannonlake; sapphirerapids icelake; k10 x86_64; bulldozer x86_64_v2; piledriver bulldozer;
steamroller piledriver; excavator steamroller x86_64_v3; zen x86_64_v3; zen2 zen; zen3 zen2; zen4 zen3 x86_64_v4;
zen5 zen4; power7 ppc64; power8 power7; power9 power8; power10 power9; power8le ppc64le; power9le power8le;
power10le power9le; armv8.1a aarch64; armv8.2a armv8.1a; armv8.3a armv8.2a; armv8.4a armv8.3a; armv8.5a armv8.4a;
armv8.6a armv8.5a; armv9.0a armv8.5a; thunderx2 armv8.1a; a64fx armv8.2a; cortex_a72 aarch64;
neoverse_n1 cortex_a72 armv8.2a; neoverse_v1 neoverse_n1 armv8.4a; neoverse_v2 neoverse_n1 armv9.0a;
neoverse_n2 neoverse_n1 armv9.0a; m1 armv8.4a; m2 m1 armv8.5a; m3 m2 armv8.6a; m4 m3 armv8.6a; u74mc riscv64
`;

const parents = new Map(
  builtUpon.split(';').map((entry) => {
    const [name = '', ...upon] = entry.trim().split(' ');
    return [name, upon] as const;
  }),
);

/** Whether `target` runs what was built for `other`: it is the same, or builds upon it. */
export function runsBinariesOf(target: string, other: string): boolean {
  return target === other || (parents.get(target) ?? []).some((one) => runsBinariesOf(one, other));
}
