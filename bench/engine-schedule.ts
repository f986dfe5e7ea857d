import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PipelineMachine, createPipeline, remainingPath, type Duration, type Effect } from '../src/pipeline/index.ts';
import { readPipeline, type JobPlan, type PipelinePlan } from '../src/gitlab/index.ts';

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

/**
 * How jobs are put in order: by the longest remaining path, from what is known of the past, or as they became ready.
 */
export type Policy = 'history of other runs' | 'first run' | 'first in, first out';

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

/** Seconds that a job takes: spread as real ones are, and always the same for the same package. */
export function durationOf(job: JobPlan): number {
  const name = job.variables['SPACK_JOB_SPEC_PKG_NAME']?.value;
  if (name === undefined) return 3;
  return MEDIAN * Math.exp(SPREAD * normal(name));
}

/** The durations of earlier runs that the scheduler knows before it runs this pipeline. */
function expectedBy(policy: Policy, plan: PipelinePlan): Duration {
  if (policy === 'first in, first out') return () => 0;
  const history = new Map<string, number>();
  for (const job of policy === 'first run' ? [] : plan.jobs) {
    const [share] = uniform(`${job.name} known`);
    if (share >= UNKNOWN) history.set(job.name, durationOf(job) * Math.exp(NOISE * normal(`${job.name} before`)));
  }
  return (job) => history.get(job.name);
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

/** Plays a pipeline against a clock that jumps from end to end of its jobs. */
export function simulate(plan: PipelinePlan, workers: number, policy: Policy): Schedule {
  const machine = new PipelineMachine(createPipeline('1', plan));
  const plans = new Map(plan.jobs.map((job) => [job.name, job]));
  const path = remainingPath(plan, expectedBy(policy, plan));
  const pathOf = (job: string) => path.get(job) ?? 0;
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
      running.push({ job, end: now + durationOf(plans.get(job) as JobPlan) });
    }
    running = running.toSorted((a, b) => a.end - b.end);
    const next = running.shift();
    if (next === undefined) break;
    now = next.end;
    take(machine.apply({ type: 'job-finished', job: next.job, attempt: 1, outcome: 'success', at: at() }));
  }
  if (machine.status !== 'success') throw new Error(`the simulated pipeline ended as ${machine.status}`);
  return { workers, makespan: now, bound: lowerBound(plan, workers) };
}

function lowerBound(plan: PipelinePlan, workers: number): number {
  const work = plan.jobs.reduce((sum, job) => sum + durationOf(job), 0);
  return Math.max(work / workers, ...remainingPath(plan, durationOf).values());
}
