import { Redactor, isSecretName } from '../../kit/index.ts';
import type { PipelineFiles } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import type { AssignedJob, JobRun } from '../../pipeline/index.ts';
import { rootOf } from '../status/status-report.ts';
import { logFailure } from '../report/log-failure.ts';
import { readLogHead } from './job-log.ts';
import { lockWith, locksOfRun } from '../locks/lock-record.ts';

/** Everything that is needed to run a job again elsewhere; nothing of it is secret. */
export interface Reproduction extends Pick<AssignedJob, 'run' | 'record' | 'plan' | 'timeout' | 'dependencies'> {
  readonly variables: AssignedJob['variables'];
  /** Names of variables that are left out as secrets. */
  readonly withheld: readonly string[];
  readonly lockDigest?: string;
  readonly executor?: string;
  /** `sha256:…` */
  readonly imageDigest?: string;
  readonly failure?: string;
}

/** Keys to the mirror that ended with the job, and where they were good. */
const OF_THE_JOB = /^(?:AWS_|S3_ENDPOINT_URL$|SLIPWAY_MIRROR|SLIPWAY_TESTED_LOCKS$|CI_JOB_TOKEN$|CI_REPOSITORY_URL$)/;

/**
 * Describes an attempt at a job as it was: with what its pipeline decided then, and the stack's variables as they are
 * now.
 */
export async function describeReproduction(coordinator: Coordinator, run: JobRun): Promise<Reproduction> {
  const { context } = coordinator;
  const { variables, plan, ...assignment } = await coordinator.driver.describe(run);
  const { open, withheld, mask } = sortOut(variables);
  const lockDigest = await lockOf(context, run, variables);
  const failure = run.status === 'failed' ? logFailure(context, run.id)?.message : undefined;
  return {
    ...assignment,
    plan: { ...plan, script: plan.script.map(mask), afterScript: plan.afterScript.map(mask) },
    variables: open,
    withheld,
    lockDigest,
    failure,
    ...executorIn(readLogHead(context, run.id)),
  };
}

/** The lock that has the job's package; undefined where its pipeline has recorded none. */
async function lockOf(
  context: PipelineFiles,
  run: JobRun,
  variables: AssignedJob['variables'],
): Promise<string | undefined> {
  if (rootOf(context, run.pipeline).lockDigest === undefined) return undefined;
  const hash = variables.find(({ key }) => key === 'SPACK_JOB_SPEC_DAG_HASH')?.value;
  return (await lockWith(context, locksOfRun(context, run), hash)).digest;
}

/** A value that contains a secret in any encoding is a secret too. */
export function sortOut(variables: AssignedJob['variables']): {
  readonly open: AssignedJob['variables'];
  readonly withheld: readonly string[];
  /** Masks secrets in another text of the job. */
  readonly mask: (text: string) => string;
} {
  const own = variables.filter(({ key }) => !OF_THE_JOB.test(key));
  const hidden = variables.filter(({ key, masked }) => masked || isSecretName(key)).map(({ value }) => value);
  const redactor = new Redactor(hidden);
  const mask = (text: string) => redactor.redact(text);
  const isSecret = ({ key, value, masked }: AssignedJob['variables'][number]) =>
    masked || isSecretName(key) || mask(value) !== value;
  return { open: own.filter((one) => !isSecret(one)), withheld: own.filter(isSecret).map(({ key }) => key), mask };
}

/** Reads what ran a job, as GitLab's runners and our own print it at the beginning of a log. */
export function executorIn(log: string): Pick<Reproduction, 'executor' | 'imageDigest'> {
  const [, executor] = /Preparing the "([\w+-]+)" executor/.exec(log) ?? [];
  const isOurs = /^Running job \d+ with the embedded runner/m.test(log);
  const [, imageDigest] = /Using docker image \S+ for \S+ with digest [^\s@]+@(sha256:[0-9a-f]{64})/.exec(log) ?? [];
  return { executor: executor ?? (isOurs ? 'embedded' : undefined), imageDigest };
}
