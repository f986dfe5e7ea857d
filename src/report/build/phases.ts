/** The parts of a build as CDash shows them. */
export type Phase = 'configure' | 'build' | 'testing';

/** Spack's phases (of all its build systems) by the part that they belong to; source: what Spack itself reports. */
const phases: Readonly<Record<string, Phase>> = {
  ...all('configure', 'autoreconf bootstrap cmake configure edit generate_luarocks_config hostconfig initconfig'),
  ...all('configure', 'meson preprocess qmake unpack'),
  ...all('build', 'build build_processes install'),
};

const SPACK = /Executing phase: '([^']*)'/;
const SPACK_TESTS = /^==> (?:\[[^\]]*\] )?(?:Testing package |RUN-TESTS: |Running \w+-time tests)/;
const RECIPE = /^\S+@\S+: (build|install|test)$/;

/** The phase that begins with a line of a build's log, of Spack or of recipes. */
export function phaseBegunBy(line: string): Phase | undefined {
  const spack = SPACK.exec(line)?.[1];
  if (spack !== undefined) return phases[spack];
  if (SPACK_TESTS.test(line)) return 'testing';
  const step = RECIPE.exec(line)?.[1];
  if (step === undefined) return undefined;
  return step === 'test' ? 'testing' : 'build';
}

/** The name of the phase or step that begins with a line, as Spack and recipes have it. */
export function phaseNameIn(line: string): string | undefined {
  return SPACK.exec(line)?.[1] ?? (SPACK_TESTS.test(line) ? 'test' : RECIPE.exec(line)?.[1]);
}

function all(phase: Phase, names: string): Readonly<Record<string, Phase>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, phase]));
}
