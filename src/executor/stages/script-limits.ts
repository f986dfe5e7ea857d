/** How long the parts of a job's script may take, and whether after_script counts. Times are milliseconds. */
export interface ScriptLimits {
  /** Of `script`; without it, it has what the job has. */
  readonly script?: number;
  readonly afterScript: number;
  /** Whether a job that has succeeded stays so if its after_script fails. */
  readonly isAfterScriptIgnored: boolean;
}

const AFTER_SCRIPT = 5 * 60_000;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/**
 * What a job's variables say of its scripts (`RUNNER_SCRIPT_TIMEOUT`, `RUNNER_AFTER_SCRIPT_TIMEOUT`,
 * `AFTER_SCRIPT_IGNORE_ERRORS`):
 * https://docs.gitlab.com/ci/runners/configure_runners/#set-script-and-after_script-timeouts
 */
export function scriptLimits(lookup: (name: string) => string | undefined): ScriptLimits {
  const script = durationOf(lookup('RUNNER_SCRIPT_TIMEOUT'));
  return {
    ...(script === undefined ? {} : { script }),
    afterScript: durationOf(lookup('RUNNER_AFTER_SCRIPT_TIMEOUT')) ?? AFTER_SCRIPT,
    isAfterScriptIgnored: !/^(?:false|f|0)$/i.test(lookup('AFTER_SCRIPT_IGNORE_ERRORS') ?? ''),
  };
}

/** A duration as Go writes it, `1h30m`; what is none, or is nothing, is passed over. */
function durationOf(text: string | undefined): number | undefined {
  const written = text?.trim() ?? '';
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(written)) return undefined;
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
  return total > 0 ? total : undefined;
}
