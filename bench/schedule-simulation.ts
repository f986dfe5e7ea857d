import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PhaseHistory } from '../src/coordinator/index.ts';
import { expectedSeconds } from '../src/coordinator/queue/expected-seconds.ts';
import { readPipeline, type JobPlan, type PipelinePlan } from '../src/gitlab/index.ts';
import {
  PipelineMachine,
  createPipeline,
  expectedPath,
  remainingPath,
  type DurationEstimate,
  type Effect,
} from '../src/pipeline/index.ts';

const fixture = fileURLToPath(new URL('../test/fixtures/spack/spack-0.23-tutorial/pipeline.yml', import.meta.url));

/**
 * Durations of real `spack ci rebuild` jobs (test/fixtures/spack/spack-0.23-ci-run): the median in seconds, and the
 * standard deviation of the logarithm.
 */
const MEDIAN = 45;
const SPREAD = 0.8;

export interface Schedule {
  readonly workers: number;
  /** Seconds from the first start to the last end. */
  readonly makespan: number;
  /** No schedule can be shorter than the longest chain, nor than the work shared evenly. */
  readonly bound: number;
}

/** How jobs are put in order: by the remaining path, from what is known of durations, or as they became ready. */
export type Policy = 'true durations' | 'history of other runs' | 'first run' | 'first in, first out';

/** How far a run's duration is from that of another run of the same package: the spread of its logarithm. */
const NOISE = 0.2;
/** Share of packages that no other run had. */
const UNKNOWN = 0.1;

/** The tutorial stack of Spack with 230 packages, as `spack ci generate` wrote it. */
export function tutorialPlan(): PipelinePlan {
  const { plan } = readPipeline(readFileSync(fixture, 'utf8'), 'pipeline.yml', {
    variables: {},
    source: 'parent_pipeline',
  });
  if (plan === undefined) throw new Error('the tutorial pipeline cannot be read');
  return plan;
}

/** Seconds that a job takes: spread as real ones are, and always the same for the same package in the same draw. */
function durationOf(job: JobPlan, draw: number): number {
  const { name } = packageOf(job);
  return name === undefined ? 3 : MEDIAN * Math.exp(SPREAD * normal(`${draw} ${name}`));
}

function packageOf({ variables }: JobPlan) {
  return { name: variables.SPACK_JOB_SPEC_PKG_NAME?.value, version: variables.SPACK_JOB_SPEC_PKG_VERSION?.value ?? '' };
}

/** What earlier runs of the packages took. */
function historyOf(plan: PipelinePlan, draw: number): readonly PhaseHistory[] {
  const found = new Map<string, PhaseHistory>();
  for (const job of plan.jobs) {
    const { name = job.name, version } = packageOf(job);
    if (uniform(`${draw} ${name} known`)[0] < UNKNOWN) continue;
    const seconds = durationOf(job, draw) * Math.exp(NOISE * normal(`${draw} ${name} ${version} before`));
    const ran = { phase: 'job', seconds, maxSeconds: seconds, runs: 1, at: '2026-11-01' };
    found.set(`${name} ${version}`, { package: name, version, ...ran });
  }
  return [...found.values()];
}

/** What the scheduler knows of durations before it runs this pipeline. */
function estimateBy(policy: Policy, plan: PipelinePlan, draw: number): (job: JobPlan) => DurationEstimate {
  if (policy === 'true durations') return (job) => ({ seconds: durationOf(job, draw), spread: 0, subject: job.name });
  const history = policy === 'first run' ? [] : historyOf(plan, draw);
  return expectedSeconds({ phases: () => history });
}

/** A number from the normal distribution that is always the same for a text (Box and Muller). */
function normal(text: string): number {
  const [one, two] = uniform(text);
  return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * two);
}

function uniform(text: string): readonly [number, number] {
  const bytes = createHash('sha256').update(text).digest();
  return [(bytes.readUInt32BE(0) + 1) / 2 ** 32, bytes.readUInt32BE(4) / 2 ** 32];
}

export interface Play {
  readonly workers: number;
  readonly policy: Policy;
  /** Number of a set of durations. */
  readonly draw: number;
}

/** Plays a pipeline against a clock that jumps from end to end of its jobs. */
export function simulate(plan: PipelinePlan, { workers, policy, draw }: Play): Schedule {
  const machine = new PipelineMachine(createPipeline('1', plan));
  const plans = new Map(plan.jobs.map((job) => [job.name, job]));
  const path = policy === 'first in, first out' ? undefined : expectedPath(plan, estimateBy(policy, plan, draw));
  const pathOf = (job: string) => path?.get(job) ?? 0;
  let ready: string[] = [];
  let running: { job: string; end: number }[] = [];
  let now = 0;
  const at = () => new Date(now * 1000).toISOString();
  const take = (effects: readonly Effect[]) => {
    for (const effect of effects) if (effect.type === 'offer-job') ready.push(effect.job);
  };
  take(machine.apply({ type: 'started', at: at() }));
  for (;;) {
    ready = ready.toSorted((one, other) => pathOf(other) - pathOf(one));
    for (const job of ready.splice(0, workers - running.length)) {
      take(machine.apply({ type: 'job-assigned', job, attempt: 1, runner: 'w', at: at() }));
      running.push({ job, end: now + durationOf(plans.get(job) as JobPlan, draw) });
    }
    running = running.toSorted((a, b) => a.end - b.end);
    const next = running.shift();
    if (next === undefined) break;
    now = next.end;
    take(machine.apply({ type: 'job-finished', job: next.job, attempt: 1, outcome: 'success', at: at() }));
  }
  if (machine.status !== 'success') throw new Error(`the simulated pipeline ended as ${machine.status}`);
  return { workers, makespan: now, bound: lowerBound(plan, workers, draw) };
}

function lowerBound(plan: PipelinePlan, workers: number, draw: number): number {
  const work = plan.jobs.reduce((sum, job) => sum + durationOf(job, draw), 0);
  return Math.max(work / workers, ...remainingPath(plan, (job) => durationOf(job, draw)).values());
}
