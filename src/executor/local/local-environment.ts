import { expandOnce } from '../job-environment.ts';
import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import type { LocalJob } from './local-job.ts';
import { isExportable } from './local-script.ts';
import type { WorkspaceMeans } from '../workspace/workspace-means.ts';

type Texts = Readonly<Record<string, string>>;

/** Everything that a job's commands find in their environment, in two layers. */
export interface LocalEnvironment {
  /** What other jobs have as well. */
  readonly common: Texts;
  /** What only this job has; it wins. */
  readonly own: Texts;
}

export interface SlotPlace {
  readonly index: number;
  readonly means: WorkspaceMeans;
  /** Where the commands of jobs of this slot start. */
  readonly project: string;
  /** Folder that holds `home` and `tmp` for jobs with a workspace of their own. */
  readonly folder: string;
  /** The environment of whoever runs this, of which jobs get PATH, USER, LANG and TZ; in place also HOME and TMPDIR. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** A folder put before the PATH. */
  readonly path: string;
}

/** What all jobs of a slot have in common, whatever their pipeline. */
export function slotEnvironment({ index, means, project, folder, base, path }: SlotPlace): Texts {
  const isInPlace = means.kind === 'in-place';
  const names = isInPlace ? ['HOME', 'TMPDIR', 'TZ'] : ['TZ'];
  const kept = names.flatMap((name) => (base[name] === undefined ? [] : [[name, base[name]] as const]));
  const user = base['USER'] ?? 'slipway';
  return {
    PATH: `${path}:${base['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'}`,
    USER: user,
    LOGNAME: user,
    LANG: base['LANG'] ?? 'C.UTF-8',
    ...Object.fromEntries(kept),
    ...(isInPlace ? {} : { HOME: `${folder}/home`, TMPDIR: `${folder}/tmp` }),
    CI_PROJECT_DIR: project,
    CI_BUILDS_DIR: project.replace(/\/[^/]*$/, ''),
    CI_CONCURRENT_ID: String(index),
    CI_CONCURRENT_PROJECT_ID: String(index),
    CI_JOB_STATUS: 'running',
  };
}

/** The job's own variables over what is common; each is expanded once, by all of them. `always` wins over everything. */
export function localEnvironment(
  { variables, timeout }: Pick<LocalJob, 'variables' | 'timeout'>,
  common: Texts,
  always: { readonly marker: string; readonly project: string },
): LocalEnvironment {
  const fixed: Texts = {
    CI_PROJECT_DIR: always.project,
    CI_JOB_TIMEOUT: String(timeout),
    [MARKER_VARIABLE]: always.marker,
  };
  const own: Record<string, string> = {};
  const lookup = (name: string): string | undefined => {
    if (Object.hasOwn(fixed, name)) return fixed[name];
    return Object.hasOwn(variables, name) ? variables[name]?.value : common[name];
  };
  for (const [name, { value, raw }] of Object.entries(variables))
    own[name] = raw || !value.includes('$') ? value : expandOnce(value, lookup);
  return { common, own: Object.assign(own, fixed) };
}

export function lookupIn({ common, own }: LocalEnvironment): (name: string) => string | undefined {
  return (name) => (Object.hasOwn(own, name) ? own[name] : Object.hasOwn(common, name) ? common[name] : undefined);
}

/** The same, as after_script sees it. */
export function withStatus({ common, own }: LocalEnvironment, status: string): LocalEnvironment {
  return { common, own: { ...own, CI_JOB_STATUS: status } };
}

/** What a script must say about its environment where its shell begins with another. */
export function differenceTo(
  begun: Texts,
  { common, own }: LocalEnvironment,
): { readonly exports: Texts; readonly unset: readonly string[] } {
  if (begun === common) return { exports: own, unset: [] };
  const isMissing = (name: string) => !Object.hasOwn(common, name) && !Object.hasOwn(own, name);
  return {
    exports: { ...common, ...own },
    unset: Object.keys(begun).filter((name) => isMissing(name) && isExportable(name)),
  };
}
