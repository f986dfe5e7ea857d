/** Who builds in the jobs: `slipway rebuild`, or `spack ci rebuild`. */
export type ScriptKind = 'slipway' | 'spack';

/** The lists inside of lists that Spack's configuration allows, as one list; `{env_dir}` is filled in. */
export function flatScript(section: unknown, environment: string): readonly string[] {
  return [section].flat(3).map((line) => String(line).replaceAll('{env_dir}', environment));
}

/** The script of a job, unless the stack has another. */
export function defaultScript(kind: ScriptKind): readonly string[] {
  if (kind === 'slipway') return ['slipway rebuild'];
  return ['cd {env_dir}', 'spack env activate --without-view .', 'spack ci rebuild'];
}

/** Replaces `spack … ci rebuild` in a stack's own script by `slipway rebuild`. */
export function withSlipway(script: readonly string[]): readonly string[] {
  return script.map((line) => line.replace(/\bspack(?:\s+-\S+)*\s+ci\s+rebuild\b/g, 'slipway rebuild'));
}

/** The script that updates the index of a mirror at the end. */
export function reindexScript(kind: ScriptKind): readonly string[] {
  return kind === 'slipway'
    ? ['slipway mirror index {index_target_mirror}']
    : ['spack buildcache update-index --keys {index_target_mirror}'];
}
